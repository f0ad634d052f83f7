package dev.darkroom.standalone.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.darkroom.diffusion.cycle.one.One;
import dev.darkroom.diffusion.cycle.two.Two;
import dev.darkroom.diffusion.sampler.violation.DrawsRandomly;
import dev.darkroom.diffusion.sampler.violation.Prints;
import dev.darkroom.diffusion.sampler.violation.ReadsTheClock;
import dev.darkroom.diffusion.sampler.violation.SamplerUtil;
import dev.darkroom.diffusion.violation.UsesLogging;
import dev.darkroom.platform.registry.violation.UsesCdi;
import dev.darkroom.trainer.data.violation.UsesNetwork;
import dev.darkroom.worker.delivery.violation.UsesMinio;
import dev.darkroom.worker.generate.violation.UsesDjl;
import dev.darkroom.worker.intake.violation.InjectsAField;
import dev.darkroom.worker.violation.UsesTensorflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rooms of the design and the arrows between them, and a few habits that a compiler can see.
 */
class ArchitectureTest {
    private static final String ROOT = "dev.darkroom";

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages(ROOT);

    /** A package each; but the contract is one vocabulary, whose words name each other. */
    private static final SliceAssignment PACKAGES =
            new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                    String name = type.getPackageName();
                    if (!name.startsWith(ROOT)) {
                        return SliceIdentifier.ignore();
                    }
                    return SliceIdentifier.of(
                            name.startsWith(ROOT + ".contract") ? ROOT + ".contract" : name);
                }

                @Override
                public String getDescription() {
                    return "packages";
                }
            };

    /** Each room with the rooms that it may use, and a class that breaks its rule. */
    private static final List<Room> ROOMS =
            List.of(
                    new Room(
                            "contract",
                            List.of(),
                            dev.darkroom.contract.violation.UsesPlatform.class),
                    new Room(
                            "embedded",
                            List.of(),
                            dev.darkroom.embedded.violation.UsesContract.class),
                    new Room(
                            "testing",
                            List.of("contract", "embedded"),
                            dev.darkroom.testing.violation.UsesPlatform.class),
                    new Room(
                            "diffusion",
                            List.of(),
                            dev.darkroom.diffusion.violation.UsesContract.class),
                    new Room("engine", List.of(), dev.darkroom.engine.violation.UsesContract.class),
                    new Room(
                            "network",
                            List.of("contract", "engine"),
                            dev.darkroom.network.violation.UsesPlatform.class),
                    new Room(
                            "platform",
                            List.of("contract"),
                            dev.darkroom.platform.violation.UsesDiffusion.class),
                    new Room(
                            "producer",
                            List.of("contract", "platform"),
                            dev.darkroom.producer.violation.UsesDiffusion.class),
                    new Room(
                            "worker",
                            List.of("contract", "diffusion", "engine", "platform"),
                            dev.darkroom.worker.violation.UsesNetwork.class),
                    new Room(
                            "trainer",
                            List.of("contract", "diffusion", "engine", "network", "platform"),
                            dev.darkroom.trainer.violation.UsesStandalone.class));

    static Stream<Rule> rules() {
        List<Rule> rules = new ArrayList<>(ROOMS.stream().map(ArchitectureTest::arrows).toList());
        rules.add(
                rule(
                        noClasses()
                                .that()
                                .resideInAPackage(ROOT + ".diffusion..")
                                .should()
                                .dependOnClassesThat(
                                        resideOutsideOfPackages(
                                                ROOT + ".diffusion..",
                                                "java..",
                                                "org.jspecify.annotations")),
                        UsesLogging.class));
        rules.add(
                rule(
                        onlyIn(
                                "org.tensorflow..",
                                "network..",
                                "trainer.graph..",
                                "trainer.loop..",
                                "trainer.evaluate..",
                                // The UNet's learner is sampled from between its steps.
                                "trainer.stage..",
                                // Measures a bare matrix product.
                                "standalone.benchmark.."),
                        UsesTensorflow.class));
        rules.add(
                rule(
                        noClasses()
                                .that()
                                .resideInAPackage(ROOT + ".trainer.data..")
                                .should()
                                .dependOnClassesThat(
                                        resideInAnyPackage(
                                                ROOT + ".network..", "org.tensorflow..")),
                        UsesNetwork.class));
        rules.add(rule(onlyIn("ai.djl..", "worker.stage.."), UsesDjl.class));
        rules.add(rule(onlyIn("io.minio..", "platform.objectstore.."), UsesMinio.class));
        rules.add(
                rule(
                        noClasses()
                                .that(
                                        resideInAPackage(ROOT + "..")
                                                .and(
                                                        resideOutsideOfPackages(
                                                                ROOT + "..api..",
                                                                ROOT + "..intake..",
                                                                ROOT + "..wiring..",
                                                                ROOT + ".producer",
                                                                ROOT + ".worker",
                                                                ROOT + ".trainer",
                                                                ROOT + ".standalone",
                                                                // Starts and stops Quarkus.
                                                                ROOT + ".standalone.pool")))
                                .should()
                                .dependOnClassesThat(
                                        resideInAnyPackage(
                                                "jakarta..",
                                                "io.quarkus..",
                                                "io.smallrye..",
                                                "org.eclipse.microprofile..")),
                        UsesCdi.class));
        rules.add(
                rule(
                        slices().assignedFrom(PACKAGES).should().beFreeOfCycles(),
                        One.class,
                        Two.class));
        rules.add(
                rule(
                        noFields()
                                .should()
                                .beAnnotatedWith("jakarta.inject.Inject")
                                .orShould()
                                .beAnnotatedWith(
                                        "org.eclipse.microprofile.config.inject.ConfigProperty"),
                        InjectsAField.class));
        rules.add(
                rule(
                        noClasses()
                                .that(
                                        resideInAPackage(ROOT + "..")
                                                .and(
                                                        resideOutsideOfPackages(
                                                                // Names jobs.
                                                                ROOT + ".producer.submit",
                                                                // Draws API keys.
                                                                ROOT + ".producer.key",
                                                                // Draws the store's secret.
                                                                ROOT + ".standalone.home",
                                                                // Numbers CloudEvents.
                                                                ROOT + ".platform.kafka",
                                                                // Weights that mean nothing.
                                                                ROOT + ".standalone.benchmark")))
                                .should()
                                .accessTargetWhere(drawsRandomly()),
                        DrawsRandomly.class));
        rules.add(
                rule(
                        noClasses()
                                .that(
                                        resideInAPackage(ROOT + "..")
                                                .and(
                                                        resideOutsideOfPackages(
                                                                // Stamp what they write; nothing
                                                                // of ours acts on that time.
                                                                ROOT + ".platform.kafka",
                                                                ROOT + ".platform.registry")))
                                .should()
                                .accessTargetWhere(readsTheClock()),
                        ReadsTheClock.class));
        rules.add(
                rule(
                        noClasses()
                                .that(
                                        resideInAPackage(ROOT + "..")
                                                .and(
                                                        resideOutsideOfPackages(
                                                                ROOT + ".standalone..",
                                                                ROOT + ".testing..")))
                                .should()
                                .accessField(System.class, "out")
                                .orShould()
                                .accessField(System.class, "err"),
                        Prints.class));
        rules.add(
                rule(
                        noClasses()
                                .that()
                                .resideInAPackage(ROOT + "..")
                                .should()
                                .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)"),
                        SamplerUtil.class));
        return rules.stream();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void holds(Rule rule) {
        rule.rule().check(PRODUCT);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void isBrokenByAClassThatBreaksIt(Rule rule) {
        JavaClasses violation = new ClassFileImporter().importClasses(rule.violation());

        assertThat(rule.rule().evaluate(violation).hasViolation()).isTrue();
    }

    @Test
    void seesEveryRoom() {
        assertThat(ROOMS)
                .allSatisfy(
                        room ->
                                assertThat(PRODUCT)
                                        .anyMatch(
                                                type ->
                                                        type.getPackageName()
                                                                .startsWith(room.root())));
        assertThat(PRODUCT)
                .allMatch(
                        type ->
                                type.getPackageName().startsWith(ROOT + ".standalone")
                                        || ROOMS.stream()
                                                .anyMatch(
                                                        room ->
                                                                type.getPackageName()
                                                                        .startsWith(room.root())));
    }

    private static Rule arrows(Room room) {
        DescribedPredicate<JavaClass> forbidden =
                resideInAPackage(ROOT + "..")
                        .and(
                                resideOutsideOfPackages(
                                        Stream.concat(Stream.of(room.name()), room.uses().stream())
                                                .map(name -> ROOT + "." + name + "..")
                                                .toArray(String[]::new)));
        return rule(
                noClasses()
                        .that()
                        .resideInAPackage(room.root() + "..")
                        .should()
                        .dependOnClassesThat(forbidden)
                        .as(room.name() + " uses nothing of ours but " + room.uses()),
                room.violation());
    }

    private static ArchRule onlyIn(String library, String... rooms) {
        return noClasses()
                .that(
                        resideInAPackage(ROOT + "..")
                                .and(
                                        resideOutsideOfPackages(
                                                Stream.of(rooms)
                                                        .map(room -> ROOT + "." + room)
                                                        .toArray(String[]::new))))
                .should()
                .dependOnClassesThat(resideInAPackage(library));
    }

    private static DescribedPredicate<JavaAccess<?>> drawsRandomly() {
        return DescribedPredicate.describe(
                "draws random numbers",
                access ->
                        Set.of(
                                                "java.util.Random",
                                                "java.util.SplittableRandom",
                                                "java.security.SecureRandom",
                                                "java.util.concurrent.ThreadLocalRandom")
                                        .contains(access.getTargetOwner().getName())
                                || isCall(access, "java.util.UUID", "randomUUID")
                                || isCall(access, "java.lang.Math", "random"));
    }

    private static DescribedPredicate<JavaAccess<?>> readsTheClock() {
        return DescribedPredicate.describe(
                "reads the wall clock without a Clock that a test can set",
                access ->
                        (access.getTargetOwner().getPackageName().equals("java.time")
                                        && access.getTarget().getName().equals("now")
                                        && access instanceof JavaMethodCall call
                                        && call.getTarget().getRawParameterTypes().isEmpty())
                                || isCall(access, "java.lang.System", "currentTimeMillis"));
    }

    private static boolean isCall(JavaAccess<?> access, String owner, String method) {
        return access.getTargetOwner().getName().equals(owner)
                && access.getTarget().getName().equals(method);
    }

    private static Rule rule(ArchRule rule, Class<?>... violation) {
        return new Rule(rule, violation);
    }

    record Room(String name, List<String> uses, Class<?> violation) {
        String root() {
            return ROOT + "." + name;
        }
    }

    /** A rule and classes that break it. */
    static final class Rule {
        private final ArchRule rule;
        private final Class<?>[] violation;

        Rule(ArchRule rule, Class<?>... violation) {
            this.rule = rule;
            this.violation = violation;
        }

        ArchRule rule() {
            return rule;
        }

        Class<?>[] violation() {
            return violation;
        }

        @Override
        public String toString() {
            return rule.getDescription();
        }
    }
}
