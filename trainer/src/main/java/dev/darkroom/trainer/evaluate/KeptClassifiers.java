package dev.darkroom.trainer.evaluate;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.trainer.data.DatasetFingerprint;
import dev.darkroom.trainer.data.ImageDataset;
import dev.darkroom.trainer.graph.ClassifierNetwork;
import dev.darkroom.trainer.loop.StageObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The classifiers that judge, each trained once for its data set and kept in a folder: what two
 * evaluations say compares only where one classifier has judged.
 *
 * @param folder made when it is needed
 * @param batch pictures of a training step
 * @param observer is shown the training, where there is one
 */
public record KeptClassifiers(
        Path folder, ClassifierTraining training, int batch, StageObserver observer) {
    private static final Logger LOG = LoggerFactory.getLogger(KeptClassifiers.class);

    /** Two laps over Fashion-MNIST, after which real pictures are told apart at about 91 %. */
    private static final ClassifierTraining USUAL = new ClassifierTraining(2000, 0.002, 1);

    private static final int USUAL_BATCH = 64;

    /** Over few pictures more laps teach nothing but these pictures. */
    private static final int MOST_LAPS = 50;

    private static final int LEAST_STEPS = 200;

    /** To be changed with whatever makes another classifier of the same data and settings. */
    private static final String MANNER = "prepared mirrored ";

    private static final String NAME = "classifier-";
    private static final String SUFFIX = ".safetensors";

    /** So many are kept. */
    static final int MOST = 32;

    public static KeptClassifiers in(Path folder, StageObserver observer) {
        return new KeptClassifiers(folder, USUAL, USUAL_BATCH, observer);
    }

    /**
     * The data set's classifier, which is trained now where there is none yet; whoever asks closes
     * it.
     *
     * @param dataset all of whose pictures have a class
     * @param side width and height, in pixels, that it looks at pictures in
     */
    public Classifier of(ImageDataset dataset, int side) {
        Path file = folder.resolve(NAME + key(dataset, side) + SUFFIX);
        if (Files.exists(file)) {
            return Classifier.open(file);
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new DarkroomException(
                    ErrorCode.MISCONFIGURED, folder + " cannot be made: " + e, e);
        }
        long laps = Math.max(LEAST_STEPS, (long) MOST_LAPS * dataset.size() / batch);
        Classifier trained =
                new ClassifierTraining(
                                Math.min(training.steps(), laps),
                                training.learningRate(),
                                training.seed())
                        .train(
                                new ClassifierNetwork(side, dataset.classes().size()),
                                LabelledBatches.of(dataset, side, batch, training.seed())
                                        .mirrored(side),
                                observer);
        trained.save(file);
        removeOldest();
        return trained;
    }

    /** Each state of a data set that grows has one of its own. */
    private void removeOldest() {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, NAME + "*" + SUFFIX)) {
            List<Path> latestFirst = new ArrayList<>();
            found.forEach(latestFirst::add);
            latestFirst.sort(Comparator.comparing(KeptClassifiers::made).reversed());
            for (Path old :
                    latestFirst.subList(Math.min(MOST, latestFirst.size()), latestFirst.size())) {
                Files.deleteIfExists(old);
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("old classifiers stay in {}", folder, e);
        }
    }

    private static long made(Path file) {
        return file.toFile().lastModified();
    }

    private String key(ImageDataset dataset, int side) {
        String settings = MANNER + side + " " + training + batch + DatasetFingerprint.of(dataset);
        return Sha256.of(settings.getBytes(StandardCharsets.UTF_8)).substring(0, 12);
    }
}
