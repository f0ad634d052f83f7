package dev.darkroom.platform.registry;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointFile;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointManifest;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.json.Json;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.contract.storage.ObjectKeys;
import dev.darkroom.contract.storage.Sha256;
import dev.darkroom.contract.training.TrainingId;
import dev.darkroom.contract.training.TrainingProvenance;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.RecordWriter;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.kafka.TopicRecord;
import dev.darkroom.platform.objectstore.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints that exist (published: manifest in the bucket) and the ones that serve (promoted:
 * named by the compacted topic). Follows the topic in the background once started.
 */
public final class CheckpointRegistry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointRegistry.class);
    private static final Duration FIRST_READING = Duration.ofSeconds(30);
    private static final Duration READING = Duration.ofSeconds(10);

    private final ObjectStore store;
    private final KafkaSettings kafka;
    private final TrainingParents parents;
    private final TopicReader reader;
    private final List<Consumer<ModelName>> listeners = new CopyOnWriteArrayList<>();
    private final Map<ModelName, Promotion> promotions = new ConcurrentHashMap<>();
    private final Map<CheckpointId, CheckpointManifest> manifests = new ConcurrentHashMap<>();
    private final Map<CheckpointId, CheckpointConfiguration> configurations =
            new ConcurrentHashMap<>();
    private final Object promoting = new Object();
    private @Nullable RecordWriter writer;

    public CheckpointRegistry(ObjectStore store, KafkaSettings kafka) {
        this.store = store;
        this.kafka = kafka;
        this.parents = new TrainingParents(store);
        this.reader = new TopicReader(kafka, List.of(Topics.CHECKPOINTS), this::follow);
    }

    /**
     * Begins to follow the promotions and returns when all that there are have been read.
     *
     * @throws DarkroomException QUEUE_UNAVAILABLE where that takes longer than 30 s
     */
    public void start() {
        reader.start();
        requireCaughtUp(FIRST_READING);
    }

    private void requireCaughtUp(Duration wait) {
        if (!reader.awaitCaughtUp(wait)) {
            throw new DarkroomException(
                    ErrorCode.QUEUE_UNAVAILABLE,
                    "broker at "
                            + kafka.bootstrapServers()
                            + ": cannot read the promotions within "
                            + wait.toSeconds()
                            + " s");
        }
    }

    /**
     * Tells of every model whose promotion has changed or was withdrawn, from now on.
     *
     * @param listener called from the thread that reads: must return at once and not throw
     * @return ends it
     */
    public Runnable listen(Consumer<ModelName> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** The topic may be written by anyone: what is no promotion is passed over. */
    private void follow(TopicRecord record) {
        try {
            ModelName model = new ModelName(record.key().orElse(""));
            if (record.value().isEmpty()) {
                promotions.remove(model);
            } else {
                Promotion promotion = Json.readTolerant(record.value().get(), Promotion.class);
                if (!promotion.model().equals(model)) {
                    throw new DarkroomException(
                            ErrorCode.MALFORMED_REQUEST, "its key names " + model);
                }
                promotions.put(model, promotion);
            }
            listeners.forEach(listener -> listener.accept(model));
        } catch (DarkroomException e) {
            LOG.warn("passed over a record of {}: {}", Topics.CHECKPOINTS, e.getMessage());
        }
    }

    /**
     * Uploads a checkpoint's folder (made by the importer or the trainer), manifest last. A version
     * that is published already is left as it is.
     *
     * @throws DarkroomException INVALID_CHECKPOINT where a file of the folder does not match its
     *     manifest, and then nothing is uploaded
     */
    public void publish(Path folder) {
        new CheckpointUpload(store, folder).run();
    }

    /**
     * Makes the version serve its model, whatever serves now, and returns when the broker has it.
     * What served before is kept as the way back; a canary's trial is over.
     *
     * @return what stands now
     * @throws DarkroomException UNKNOWN_MODEL where the version is not published
     */
    public Promotion promote(CheckpointId checkpoint) {
        return step(
                checkpoint.model(),
                standing ->
                        standing.map(
                                        before ->
                                                before.followedBy(
                                                        checkpoint.version(), Instant.now()))
                                .orElseGet(() -> Promotion.of(checkpoint, Instant.now())));
    }

    /**
     * Gives the version a share of its model's jobs.
     *
     * @throws DarkroomException UNKNOWN_MODEL where the version is not published, or nothing serves
     *     the model beside which it could be tried
     */
    public Promotion promoteCanary(CheckpointId checkpoint, int percent) {
        Promotion.Canary canary = new Promotion.Canary(checkpoint.version(), percent);
        return step(
                checkpoint.model(),
                standing ->
                        standing.map(before -> before.withCanary(canary, Instant.now()))
                                .orElseThrow(() -> nothingServes(checkpoint.model())));
    }

    /**
     * Undoes the last step: ends a canary's trial, or promotes the version that served before; done
     * again, the one before that. Versions that are no longer published are passed over.
     *
     * @return what stands now
     * @throws DarkroomException UNKNOWN_MODEL where there is nothing to go back to
     */
    public Promotion rollBack(ModelName model) {
        return step(model, standing -> wayBack(standing.orElseThrow(() -> nothingServes(model))));
    }

    /**
     * As {@link #rollBack(ModelName)}, of one step that the caller has judged by.
     *
     * @return what stands now; nothing where another promotion stood by then, which then stays: see
     *     {@link #replace}
     * @throws DarkroomException UNKNOWN_MODEL where there is nothing to go back to
     */
    public Optional<Promotion> rollBack(Promotion standing) {
        Promotion back = wayBack(standing);
        return replace(Optional.of(standing), back) ? Optional.of(back) : Optional.empty();
    }

    private Promotion wayBack(Promotion standing) {
        ModelName model = standing.model();
        return standing.rolledBack(
                        version -> isPublished(new CheckpointId(model, version)), Instant.now())
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.UNKNOWN_MODEL,
                                        "no published version served "
                                                + model
                                                + " before the one that does now"));
    }

    private static DarkroomException nothingServes(ModelName model) {
        return new DarkroomException(ErrorCode.UNKNOWN_MODEL, "no version serves " + model);
    }

    /**
     * @param next of what stands, where anything does; asked again where that has changed before it
     *     was written
     */
    private Promotion step(ModelName model, Function<Optional<Promotion>, Promotion> next) {
        while (true) {
            Optional<Promotion> standing = latestPromotion(model);
            Promotion promotion = next.apply(standing);
            if (replace(standing, promotion)) {
                return promotion;
            }
        }
    }

    /**
     * Makes a promotion stand in place of the one that it was made from, unless another stands by
     * now: a decision about one promotion must neither bury nor undo the next.
     *
     * <p>Topics have no conditional writes. What stands is read again right before the write, and
     * of the callers of one registry only one is between the two. What another process writes
     * there, within a round trip to the broker, is not seen and is replaced.
     *
     * @param standing what stood; nothing where no version served
     * @return whether it stands now; if not, nothing was written
     * @throws DarkroomException UNKNOWN_MODEL where a version is not published
     */
    public boolean replace(Optional<Promotion> standing, Promotion next) {
        requirePublished(next);
        synchronized (promoting) {
            if (!latestPromotion(next.model()).equals(standing)) {
                return false;
            }
            write(next);
            return true;
        }
    }

    /** What stands by what the topic says now, not by what had been read of it before. */
    public Optional<Promotion> latestPromotion(ModelName model) {
        requireCaughtUp(READING);
        return Optional.ofNullable(promotions.get(model));
    }

    /** Asks the bucket: what was remembered may have been pruned by another process. */
    private boolean isPublished(CheckpointId checkpoint) {
        return store.size(ObjectKeys.checkpointManifest(checkpoint)).isPresent();
    }

    /** Every version of a model that lies in the bucket, whole or not, the newest first. */
    public List<PublishedCheckpoint> versions(ModelName model) {
        return new CheckpointListing(store, this::manifest).of(model);
    }

    /**
     * What a policy would remove of a model, and why the rest stays.
     *
     * @param inUse versions that someone needs, such as jobs that pin them
     */
    public PrunePlan planPrune(ModelName model, PrunePolicy policy, Set<CheckpointVersion> inUse) {
        return PrunePlan.of(
                versions(model),
                latestPromotion(model),
                policy,
                inUse,
                parents.of(model),
                Instant.now());
    }

    /**
     * Removes a version: its manifest first, so that no part of it is ever taken for whole.
     *
     * @throws DarkroomException INVALID_REQUEST where it serves, is on trial, is the way back, or a
     *     training that is not over began from it
     */
    public void remove(CheckpointId checkpoint) {
        latestPromotion(checkpoint.model())
                .ifPresent(
                        standing -> {
                            if (PrunePlan.isNeeded(standing, checkpoint.version())) {
                                throw new DarkroomException(
                                        ErrorCode.INVALID_REQUEST,
                                        checkpoint + " serves, or is what a rollback needs");
                            }
                        });
        if (parents.of(checkpoint.model()).contains(checkpoint.version())) {
            throw new DarkroomException(
                    ErrorCode.INVALID_REQUEST, "a training under way began from " + checkpoint);
        }
        store.delete(ObjectKeys.checkpointManifest(checkpoint));
        manifests.remove(checkpoint);
        configurations.remove(checkpoint);
        store.list(ObjectKeys.checkpointFile(checkpoint, "").value()).forEach(store::delete);
    }

    /** Keeps a version from being removed until {@link #release}: a training begins from it. */
    public void hold(CheckpointId parent, TrainingId training) {
        parents.hold(parent, training);
    }

    /** Ends all that {@link #hold} did for a training. */
    public void release(ModelName model, TrainingId training) {
        parents.release(model, training);
    }

    /**
     * Where a checkpoint that was trained here comes from; nothing for one that was imported.
     *
     * @throws DarkroomException UNKNOWN_MODEL where it is not published
     */
    public Optional<TrainingProvenance> provenance(CheckpointId checkpoint) {
        return requireManifest(checkpoint).files().stream()
                .filter(file -> file.path().equals(TrainingProvenance.FILE))
                .findFirst()
                .flatMap(file -> store.find(ObjectKeys.checkpointFile(checkpoint, file.path())))
                .map(json -> Json.readTolerant(json, TrainingProvenance.class));
    }

    /**
     * Makes a promotion stand, whatever stands now, with a canary or without.
     *
     * @throws DarkroomException UNKNOWN_MODEL where a version is not published
     */
    public void promote(Promotion promotion) {
        requirePublished(promotion);
        synchronized (promoting) {
            write(promotion);
        }
    }

    private void requirePublished(Promotion promotion) {
        requirePublished(promotion.id());
        promotion.canaryId().ifPresent(this::requirePublished);
    }

    private void write(Promotion promotion) {
        writer().write(
                        Topics.CHECKPOINTS,
                        promotion.model().value(),
                        Optional.of(Json.write(promotion)));
        requireCaughtUp(READING);
    }

    private synchronized RecordWriter writer() {
        RecordWriter open = writer;
        if (open == null) {
            open = new RecordWriter(kafka);
            writer = open;
        }
        return open;
    }

    /** The checkpoint that serves a model, a canary aside; see {@link #promotion}. */
    public Optional<CheckpointId> promoted(ModelName model) {
        return promotion(model).map(Promotion::id);
    }

    /**
     * The promotion that stands for a model. Before it says that there is none it reads the topic
     * to its end, so that a model promoted a moment ago is not called unknown.
     */
    public Optional<Promotion> promotion(ModelName model) {
        if (!promotions.containsKey(model)) {
            requireCaughtUp(READING);
        }
        return Optional.ofNullable(promotions.get(model));
    }

    /** Every model that is served, by name. */
    public List<Promotion> promotions() {
        return promotions.values().stream()
                .sorted(Comparator.comparing(promotion -> promotion.model().value()))
                .toList();
    }

    /** A published checkpoint's manifest. */
    public Optional<CheckpointManifest> manifest(CheckpointId checkpoint) {
        Optional<CheckpointManifest> known = Optional.ofNullable(manifests.get(checkpoint));
        if (known.isPresent()) {
            return known;
        }
        Optional<CheckpointManifest> read =
                store.find(ObjectKeys.checkpointManifest(checkpoint))
                        .map(json -> Manifests.read(json, checkpoint));
        // Checkpoints never change, so that what was read once holds for ever.
        read.ifPresent(manifest -> manifests.put(checkpoint, manifest));
        return read;
    }

    /** Asks the bucket: another process may have removed what is remembered here. */
    private void requirePublished(CheckpointId checkpoint) {
        if (!isPublished(checkpoint)) {
            manifests.remove(checkpoint);
            configurations.remove(checkpoint);
        }
        requireManifest(checkpoint);
    }

    /**
     * @throws DarkroomException UNKNOWN_MODEL where it is not published
     */
    public CheckpointManifest requireManifest(CheckpointId checkpoint) {
        return manifest(checkpoint)
                .orElseThrow(
                        () ->
                                new DarkroomException(
                                        ErrorCode.UNKNOWN_MODEL,
                                        "no checkpoint " + checkpoint + " is published"));
    }

    /**
     * A published checkpoint's configuration, remembered once read.
     *
     * @throws DarkroomException UNKNOWN_MODEL where it is not published, CORRUPT_CHECKPOINT where
     *     the configuration is not the one of the manifest
     */
    public CheckpointConfiguration configuration(CheckpointId checkpoint) {
        CheckpointConfiguration known = configurations.get(checkpoint);
        if (known != null) {
            return known;
        }
        CheckpointFile file =
                requireManifest(checkpoint).files().stream()
                        .filter(any -> any.path().equals(CheckpointConfiguration.FILE))
                        .findFirst()
                        .orElseThrow(() -> noConfiguration(checkpoint, "is not in its manifest"));
        byte[] json =
                store.find(ObjectKeys.checkpointFile(checkpoint, file.path()))
                        .orElseThrow(() -> noConfiguration(checkpoint, "is missing"));
        if (!Sha256.of(json).equals(file.sha256())) {
            throw noConfiguration(checkpoint, "does not match its manifest");
        }
        CheckpointConfiguration read = Manifests.readConfiguration(json, checkpoint);
        configurations.put(checkpoint, read);
        return read;
    }

    private static DarkroomException noConfiguration(CheckpointId checkpoint, String why) {
        return new DarkroomException(
                ErrorCode.CORRUPT_CHECKPOINT,
                checkpoint + ": " + CheckpointConfiguration.FILE + " " + why);
    }

    /**
     * Brings a checkpoint into a local cache, checks every file against the manifest, and returns
     * its folder. Files that are there and match are not fetched again. Any number of processes may
     * share a cache.
     *
     * @throws DarkroomException UNKNOWN_MODEL where it is not published, CORRUPT_CHECKPOINT where a
     *     file in the bucket does not match
     */
    public Path fetch(CheckpointId checkpoint, Path cache) {
        return new CheckpointCache(store, cache).fetch(requireManifest(checkpoint));
    }

    /**
     * Removes what a local cache has of a model and nothing needs: all but what is promoted, on
     * trial or next on the way back, the versions given, and what was fetched in the last minutes.
     *
     * @param inUse versions that are loaded
     */
    public void tidy(ModelName model, Set<CheckpointVersion> inUse, Path cache) {
        Set<CheckpointVersion> keep = new HashSet<>(inUse);
        Optional.ofNullable(promotions.get(model))
                .ifPresent(standing -> keep.addAll(PrunePlan.needed(standing)));
        try {
            List<CheckpointVersion> removed =
                    new CheckpointCache(store, cache).removeOthers(model, keep);
            if (!removed.isEmpty()) {
                LOG.info("removed {} of {} from the cache", removed, model);
            }
        } catch (IOException | RuntimeException e) {
            // It only takes room; the next swap tries again.
            LOG.warn("cannot remove old versions of {} from {}", model, cache, e);
        }
    }

    @Override
    public synchronized void close() {
        reader.close();
        RecordWriter open = writer;
        if (open != null) {
            open.close();
        }
    }
}
