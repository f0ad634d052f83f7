package dev.darkroom.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.contract.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CheckpointTableTest {
    private static JsonNode json(String text) {
        return Json.tree(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void listsALineAVersion() {
        assertThat(
                        CheckpointTable.list(
                                json(
                                        "{'model':'m','checkpoints':[{'version':'0a1b2c3d4e5f','state':'promoted',"
                                                + "'source':'fashion-sd','createdAt':'2026-01-31T12:00:00.123Z','bytes':18000000,'scores':[]},"
                                                + "{'version':'5f4e3d2c1b0a','state':'published','source':'training x','finding':'validation loss 0.1500 is worse',"
                                                + "'createdAt':'2026-02-01T12:00:00Z','bytes':900,'scores':[]},"
                                                + "{'version':'000000000001','state':'parts','bytes':1,'scores':[]}]}")))
                .containsExactly(
                        "0a1b2c3d4e5f  promoted   2026-01-31T12:00:00Z  18 MB  fashion-sd",
                        "5f4e3d2c1b0a  published  2026-02-01T12:00:00Z   1 kB  validation loss 0.1500 is worse",
                        "000000000001  parts      -                      1 kB");
    }

    @Test
    void saysWhatPruningWouldDoAndHow() {
        String answer =
                "'checkpoints':[{'version':'0a1b2c3d4e5f','remove':false,'reason':'promoted','bytes':18000000},"
                        + "{'version':'5f4e3d2c1b0a','remove':true,'reason':'old','bytes':17000000}]}";

        assertThat(CheckpointTable.prune(json("{'removed':false," + answer)))
                .containsExactly(
                        "0a1b2c3d4e5f  stays     18 MB  promoted",
                        "5f4e3d2c1b0a  goes      17 MB  old",
                        "would remove 1 (17 MB); do it with --yes");
        assertThat(CheckpointTable.prune(json("{'removed':true," + answer)))
                .last()
                .isEqualTo("removed 1 (17 MB)");
    }

    @Test
    void showsWhereAVersionComesFrom() {
        assertThat(
                        CheckpointTable.show(
                                json(
                                        "{'state':'published','manifest':{'version':'5f4e3d2c1b0a','createdAt':'2026-01-31T12:00:00Z','source':'training x','files':[{'size':5000000}]},"
                                                + "'configuration':{'defaults':{'width':32,'height':32}},"
                                                + "'training':{'parent':'0a1b2c3d4e5f','dataset':'sneakers','objects':12,'steps':200,'recipe':{'learningRate':0.0001},"
                                                + "'scores':[{'name':'validation loss','value':0.15,'better':'lower'}],'mayServe':false,'findings':['worse'],'report':'training/m/x/report/index.html'}}")))
                .contains(
                        "parent               0a1b2c3d4e5f",
                        "data                 sneakers, 12 objects",
                        "  learningRate       1.0E-4",
                        "  validation loss    0.1500 (lower is better)",
                        "gate                 kept it back",
                        "  worse",
                        "report               training/m/x/report/index.html");
    }

    @Test
    void saysWhatStands() {
        assertThat(
                        CheckpointTable.promotion(
                                json(
                                        "{'model':'m','version':'0a1b2c3d4e5f','canary':{'version':'5f4e3d2c1b0a','percent':10}}")))
                .isEqualTo("m is served by 0a1b2c3d4e5f, and 5f4e3d2c1b0a gets 10 % of the jobs");
    }

    @Test
    void showsATrainingsProgressAndEnd() {
        assertThat(
                        TrainingFollower.line(
                                json(
                                        "{'status':'running','progress':{'stage':'unet','step':120,'steps':2000,'loss':0.14012,'picturesPerSecond':212.5,'secondsLeft':95}}")))
                .isEqualTo("unet: step 120 of 2000, loss 0.1401, 212.5 pictures/s, 1:35 left");
        assertThat(
                        TrainingFollower.summary(
                                json(
                                        "{'status':'not-promoted','outcome':{'version':'5f4e3d2c1b0a','reasons':['worse']}}")))
                .containsExactly("5f4e3d2c1b0a is published and does not serve", "  worse");
    }
}
