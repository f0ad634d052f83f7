package dev.darkroom.producer;

import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.lease.Leases;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.platform.webhook.WebhookClient;
import dev.darkroom.platform.wiring.ProcessName;
import dev.darkroom.producer.api.Authentication;
import dev.darkroom.producer.api.EventStreams;
import dev.darkroom.producer.api.JobPreviews;
import dev.darkroom.producer.api.Loopback;
import dev.darkroom.producer.api.VisibleJobs;
import dev.darkroom.producer.checkpoint.CheckpointDesk;
import dev.darkroom.producer.dead.DeadLetterBoard;
import dev.darkroom.producer.dead.DeadLetterDesk;
import dev.darkroom.producer.dead.DeadLetterQueue;
import dev.darkroom.producer.key.ApiKeys;
import dev.darkroom.producer.key.KeyRing;
import dev.darkroom.producer.status.BoardFeed;
import dev.darkroom.producer.status.JobBoard;
import dev.darkroom.producer.status.JobDirectory;
import dev.darkroom.producer.status.Results;
import dev.darkroom.producer.submit.JobCancellation;
import dev.darkroom.producer.submit.JobQueue;
import dev.darkroom.producer.submit.JobSubmission;
import dev.darkroom.producer.submit.ModelCatalog;
import dev.darkroom.producer.submit.OncePerKey;
import dev.darkroom.producer.submit.Quotas;
import dev.darkroom.producer.submit.RegistryCatalog;
import dev.darkroom.producer.submit.Submissions;
import dev.darkroom.producer.submit.TrainingSubmission;
import dev.darkroom.producer.training.TrainingBoard;
import dev.darkroom.producer.webhook.WebhookEndpoints;
import dev.darkroom.producer.webhook.WebhookSender;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Puts the service together. */
@Singleton
final class ProducerBeans {
    /** A producer that dies while it redrives is followed after this. */
    private static final Duration REDRIVING = Duration.ofSeconds(10);

    /** A producer that dies while it sends webhooks is followed after this. */
    private static final Duration SENDING_WEBHOOKS = Duration.ofSeconds(15);

    /** Longer than a writer tries to put a record on the queue. */
    private static final Duration WRITE_GIVEN_UP = Duration.ofSeconds(25);

    @Produces
    @Singleton
    JobBoard board(ProducerSettings settings) {
        return new JobBoard(settings.rememberedJobs());
    }

    @Produces
    @Singleton
    Results results(ObjectStore store) {
        return new Results(store);
    }

    /** Both topics through one reader: what it has caught up with, the board knows. */
    @Produces
    @Singleton
    BoardReader reader(KafkaSettings kafka, JobBoard board) {
        return new BoardReader(
                new TopicReader(
                        kafka, List.of(Topics.JOBS, Topics.JOB_EVENTS), new BoardFeed(board)));
    }

    @Produces
    @Singleton
    JobDirectory directory(JobBoard board, Results results, BoardReader reader) {
        return new JobDirectory(board, results, reader::caughtUpWithin);
    }

    @Produces
    @Singleton
    ModelCatalog catalog(CheckpointRegistry registry) {
        return new RegistryCatalog(registry);
    }

    @Produces
    @Singleton
    JobQueue queue(JobPublisher publisher, JobBoard board) {
        return JobQueue.of(publisher, board, Clock.systemUTC());
    }

    @Produces
    @Singleton
    JobSubmission submission(
            ModelCatalog catalog,
            JobQueue queue,
            Quotas quotas,
            OncePerKey once,
            @ConfigProperty(name = "darkroom.default-model", defaultValue = "fashion-sd")
                    String defaultModel) {
        return new JobSubmission(
                catalog, queue, quotas, once, new ModelName(defaultModel), Clock.systemUTC());
    }

    @Produces
    @Singleton
    Quotas quotas(JobBoard board, JobDirectory directory, ProducerSettings settings) {
        return new Quotas(settings::limits, board, directory::isOpen, Clock.systemUTC());
    }

    @Produces
    @Singleton
    Submissions submissions(ObjectStore store) {
        return new Submissions(store);
    }

    @Produces
    @Singleton
    OncePerKey once(Submissions submissions, JobDirectory directory) {
        return new OncePerKey(
                submissions, directory::awaitHeardOf, WRITE_GIVEN_UP, Clock.systemUTC());
    }

    @Produces
    @Singleton
    Housekeeping housekeeping(Submissions submissions, ProducerSettings settings) {
        return new Housekeeping(
                () ->
                        submissions.forget(
                                Clock.systemUTC().instant().minus(settings.idempotency())));
    }

    @Produces
    @Singleton
    JobCancellation cancellation(
            JobDirectory directory, JobBoard board, Results results, JobQueue queue) {
        return new JobCancellation(directory, board, results, queue, Clock.systemUTC());
    }

    @Produces
    @Singleton
    TrainingSubmission trainings(ModelCatalog catalog, JobPublisher publisher) {
        return new TrainingSubmission(catalog, publisher::submit);
    }

    @Produces
    @Singleton
    TrainingBoard trainingBoard(KafkaSettings kafka, ObjectStore store) {
        return new TrainingBoard(kafka, store);
    }

    void close(@Disposes TrainingBoard board) {
        board.close();
    }

    @Produces
    @Singleton
    DeadLetterBoard deadLetterBoard(KafkaSettings kafka) {
        return new DeadLetterBoard(kafka);
    }

    void close(@Disposes DeadLetterBoard board) {
        board.close();
    }

    @Produces
    @Singleton
    DeadLetterDesk deadLetters(
            DeadLetterBoard board,
            JobPublisher publisher,
            ObjectStore store,
            JobDirectory directory,
            ModelCatalog catalog,
            @ConfigProperty(name = "darkroom.default-model", defaultValue = "fashion-sd")
                    String defaultModel) {
        return new DeadLetterDesk(
                board,
                DeadLetterQueue.of(publisher),
                new Leases(store, ProcessName.ofHost("producer"), REDRIVING, System::nanoTime),
                REDRIVING.plusSeconds(5),
                directory::isKnown,
                new DeadLetterDesk.Acceptance(
                        catalog, new ModelName(defaultModel), Clock.systemUTC()));
    }

    @Produces
    @Singleton
    CheckpointDesk desk(CheckpointRegistry registry, JobPublisher publisher, JobBoard board) {
        return new CheckpointDesk(
                registry, publisher::publish, board::versionsInUse, Clock.systemUTC());
    }

    @Produces
    @Singleton
    WebhookEndpoints webhookEndpoints(ProducerSettings settings, JobDirectory directory) {
        return WebhookEndpoints.of(
                job -> directory.tenant(job).value(),
                settings.ownWebhooks(),
                settings.webhook().parsed(ProducerSettings.PREFIX + ".webhook"));
    }

    @Produces
    @Singleton
    WebhookSender webhooks(
            KafkaSettings kafka,
            ObjectStore store,
            WebhookEndpoints endpoints,
            ProducerSettings settings) {
        return new WebhookSender(
                kafka,
                endpoints,
                new WebhookClient(settings.webhook().allowPrivate(), Clock.systemUTC()),
                new Leases(
                        store, ProcessName.ofHost("producer"), SENDING_WEBHOOKS, System::nanoTime),
                Clock.systemUTC());
    }

    void close(@Disposes WebhookSender sender) {
        sender.close();
    }

    @Produces
    @Singleton
    ApiKeys keys(ObjectStore store) {
        return new ApiKeys(store, Clock.systemUTC());
    }

    @Produces
    @Singleton
    KeyRing keyRing(ApiKeys keys, ProducerSettings settings) {
        return KeyRing.open(keys, settings.keysRefresh());
    }

    void close(@Disposes KeyRing ring) {
        ring.close();
    }

    @Produces
    @Singleton
    Authentication authentication(
            KeyRing ring, @ConfigProperty(name = "quarkus.http.host") String host) {
        return new Authentication(ring, Loopback.isHost(host));
    }

    @Produces
    @Singleton
    Heartbeats heartbeats() {
        return new Heartbeats();
    }

    @Produces
    @Singleton
    VisibleJobs visibleJobs(JobDirectory directory) {
        return new VisibleJobs(directory);
    }

    @Produces
    @Singleton
    JobPreviews previews(JobBoard board, Results results, JobQueue queue, Heartbeats heartbeats) {
        return new JobPreviews(board, results, queue, Clock.systemUTC(), heartbeats.executor());
    }

    @Produces
    @Singleton
    EventStreams streams(JobBoard board, Heartbeats heartbeats, ProducerSettings settings) {
        return new EventStreams(board, heartbeats.executor(), settings.heartbeat());
    }
}
