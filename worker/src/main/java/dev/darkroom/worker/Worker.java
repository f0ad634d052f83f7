package dev.darkroom.worker;

import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.event.CheckpointEvent;
import dev.darkroom.contract.queue.Topics;
import dev.darkroom.platform.dispatch.Dispatcher;
import dev.darkroom.platform.kafka.JobPublisher;
import dev.darkroom.platform.kafka.JobSlot;
import dev.darkroom.platform.kafka.KafkaSettings;
import dev.darkroom.platform.kafka.TopicReader;
import dev.darkroom.platform.objectstore.ObjectStore;
import dev.darkroom.platform.registry.CheckpointRegistry;
import dev.darkroom.platform.thread.DaemonThreads;
import dev.darkroom.worker.delivery.Delivery;
import dev.darkroom.worker.delivery.EventLog;
import dev.darkroom.worker.delivery.Previews;
import dev.darkroom.worker.delivery.WaitingEnds;
import dev.darkroom.worker.generate.ActivationBudget;
import dev.darkroom.worker.generate.Generator;
import dev.darkroom.worker.intake.Backoff;
import dev.darkroom.worker.intake.ControlFeed;
import dev.darkroom.worker.intake.JobAttempt;
import dev.darkroom.worker.intake.JobHandler;
import dev.darkroom.worker.intake.JobObserver;
import dev.darkroom.worker.intake.JobSource;
import dev.darkroom.worker.intake.Reporting;
import dev.darkroom.worker.intake.RunningJobs;
import dev.darkroom.worker.intake.Slots;
import dev.darkroom.worker.life.Cancellation;
import dev.darkroom.worker.model.CheckpointLoader;
import dev.darkroom.worker.model.Checkpoints;
import dev.darkroom.worker.model.ModelPool;
import dev.darkroom.worker.model.Swapper;
import dev.darkroom.worker.stage.CheckpointStages;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker, put together: starts beside the caller, goes on until it is closed. */
public final class Worker implements AutoCloseable {
    /**
     * The clients that it shares with the rest of the process, which has made topics and bucket and
     * closes the clients.
     */
    public record Surroundings(
            KafkaSettings kafka,
            ObjectStore store,
            CheckpointRegistry registry,
            JobPublisher publisher) {}

    /** How far a worker is. */
    public enum State {
        /** Loading the default model. */
        STARTING,
        /** Takes jobs. */
        RUNNING,
        /** Takes no more jobs. */
        STOPPED
    }

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Backoff START_BACKOFF =
            new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** One may wait for the store, the other must not. */
    private static final int WATCHES = 2;

    private static final Backoff TAKE_BACKOFF =
            new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    private final Surroundings surroundings;
    private final WorkerOptions options;
    private final ModelPool models;
    private final Swapper swapper;
    private final ActivationBudget budget;
    private final JobObserver observer;
    private final ControlFeed controlFeed;
    private final TopicReader control;
    private final JobHandler handler;
    private final Dispatcher dispatcher;
    private final Previews previews;
    private final Thread starter;
    private final ScheduledExecutorService watch;
    private volatile Optional<Slots> slots = Optional.empty();
    private volatile Runnable unlisten = () -> {};
    private volatile State state = State.STARTING;
    private volatile Optional<String> trouble = Optional.empty();

    public Worker(Surroundings surroundings, WorkerOptions options, JobObserver observer) {
        this(surroundings, options, observer, UnaryOperator.identity());
    }

    /**
     * @param loading puts something in the place of what loads checkpoints
     */
    public Worker(
            Surroundings surroundings,
            WorkerOptions options,
            JobObserver observer,
            UnaryOperator<ModelPool.Loader> loading) {
        this.surroundings = surroundings;
        this.options = options;
        this.observer = observer;
        Clock clock = Clock.systemUTC();
        CheckpointStages.limitThreads(options.threads(), 1);
        budget = new ActivationBudget(options.activationMegabytes(), options.maxBatch());
        Generator generator = new Generator(budget);
        models =
                new ModelPool(
                        loading.apply(
                                new CheckpointLoader(
                                        surroundings.registry(),
                                        options.cache(),
                                        generator::warmUp,
                                        this::loaded)),
                        options.loadedModels());
        swapper =
                new Swapper(
                        Checkpoints.of(surroundings.registry()),
                        models,
                        this::tell,
                        new Swapper.Settings(options.name(), clock, START_BACKOFF::after));
        EventLog events = EventLog.of(surroundings.publisher());
        previews = new Previews(surroundings.store());
        Delivery delivery =
                new Delivery(
                        surroundings.store(), events, previews, options.name(), options.software());
        RunningJobs running = new RunningJobs();
        controlFeed = new ControlFeed(running, delivery::find);
        control =
                new TopicReader(
                        surroundings.kafka(),
                        List.of(Topics.JOB_CONTROL),
                        controlFeed,
                        // What was said before it took its first job, that job finds in the bucket.
                        Optional.of(clock.instant()));
        Reporting reporting =
                new Reporting(events, surroundings.publisher()::bury, observer, clock);
        JobAttempt attempt =
                new JobAttempt(
                        swapper.served(),
                        generator,
                        delivery,
                        running,
                        reporting,
                        new JobAttempt.Policy(
                                options.defaultModel(), options.maxAttempts(), options.retry()));
        handler =
                new JobHandler(
                        attempt, delivery, reporting, options.retry(), options.maxAttempts());
        dispatcher = new Dispatcher(surroundings.kafka(), clock, new WaitingEnds(delivery, clock));
        starter = new Thread(this::startUp, options.name() + "-start");
        starter.setDaemon(true);
        watch =
                Executors.newScheduledThreadPool(
                        WATCHES, DaemonThreads.named(options.name() + "-watch"));
    }

    /** Returns at once; see {@link #state}. */
    public void start() {
        unlisten = surroundings.registry().listen(swapper::look);
        control.start();
        starter.start();
        every(Math.min(LOOK.toMillis(), options.silence().toMillis()), this::look);
        every(LOOK.toMillis(), controlFeed::lookAgain);
    }

    private void every(long millis, Runnable look) {
        Runnable lasting =
                () -> {
                    try {
                        look.run();
                    } catch (RuntimeException | Error e) {
                        // Whoever throws is not called again.
                        LOG.error("{} goes on looking", options.name(), e);
                    }
                };
        var unused = watch.scheduleWithFixedDelay(lasting, millis, millis, TimeUnit.MILLISECONDS);
    }

    public State state() {
        return state;
    }

    /** Whether jobs are being taken, and the default model, where one is promoted, was loaded. */
    public boolean isReady() {
        return state == State.RUNNING
                && slots.map(Slots::areConsuming).orElse(false)
                && trouble.isEmpty()
                && stuckLoads() == 0;
    }

    /** Why it is not ready, where there is more to say than its state. */
    public Optional<String> trouble() {
        return trouble.or(
                        () ->
                                slots.map(Slots::hung)
                                        .filter(count -> count > 0)
                                        .map(count -> count + " job(s) stand still"))
                .or(
                        () ->
                                Optional.of(stuckLoads())
                                        .filter(count -> count > 0)
                                        .map(count -> count + " load(s) of models stand still"));
    }

    private long stuckLoads() {
        return swapper.ownLoads().stream().filter(load -> load.pulse().isLost()).count();
    }

    /** A job's silence is seen by its slot; here that of loads which no job makes. */
    private void look() {
        for (Cancellation load : swapper.ownLoads()) {
            if (!load.pulse().isLost() && load.giveUpIfSilent(options.silence())) {
                LOG.error(
                        "{}: the load of a model has shown no sign of life for {} s",
                        options.name(),
                        options.silence().toSeconds());
                observer.hung();
            }
        }
    }

    /** How many jobs of the pool wait, where this worker is the one that orders them; else 0. */
    public int waitingJobs() {
        return dispatcher.waiting();
    }

    public ModelPool models() {
        return models;
    }

    private List<CheckpointId> loaded() {
        return models.loaded();
    }

    /** Tries to preload until it is done or the worker is closed. */
    private void startUp() {
        for (int failures = 1; ; failures++) {
            Optional<DarkroomException> failure = tryToPreload();
            // A default model that is broken is no reason to refuse jobs for other models. Whatever
            // else keeps it from loading is the matter with this worker and would fail every job.
            if (failure.isEmpty() || Swapper.isRefusal(failure.get())) {
                takeJobs();
            }
            if (failure.isEmpty()
                    || state == State.STOPPED
                    || !pause(START_BACKOFF.after(failures))) {
                return;
            }
        }
    }

    private void preload() {
        ModelName model = options.defaultModel();
        try {
            swapper.bring(model);
        } catch (DarkroomException e) {
            if (swapper.served().serving(model).isEmpty()) {
                throw e;
            }
            LOG.warn("serves {} without its canary, goes on trying", model, e);
            swapper.look(model);
        }
        if (swapper.served().serving(model).isEmpty()) {
            LOG.info("no checkpoint serves {} yet", model);
        }
    }

    private synchronized void takeJobs() {
        if (state == State.STARTING) {
            state = State.RUNNING;
            swapper.start();
            slots = Optional.of(newSlots());
            takeJobs(options.slots().orElseGet(() -> jobsAtOnce(options.defaultModel())));
            dispatcher.start();
        }
    }

    private void takeJobs(int count) {
        if (slots.map(running -> running.growTo(count)).orElse(false)) {
            LOG.info("{} takes jobs, {} at once", options.name(), count);
        }
    }

    private Slots newSlots() {
        return new Slots(
                options.name(),
                name -> JobSource.of(new JobSlot(surroundings.kafka(), name)),
                handler,
                new Slots.Rules(TAKE_BACKOFF, options.grace(), options.silence(), observer));
    }

    /** As many as share a call of the model; one where it is not there: nobody knows its size. */
    private int jobsAtOnce(ModelName model) {
        return swapper.served()
                .serving(model)
                .map(promotion -> surroundings.registry().configuration(promotion.id()))
                .map(budget::jobs)
                .orElse(1);
    }

    private void tell(CheckpointEvent event) {
        if (event instanceof CheckpointEvent.Swapped) {
            follow(event.model());
        }
        surroundings.publisher().publish(event);
    }

    /** While the default model is not there, whichever other came says how many share a call. */
    private synchronized void follow(ModelName came) {
        boolean counts =
                came.equals(options.defaultModel())
                        || swapper.served().serving(options.defaultModel()).isEmpty();
        if (state == State.RUNNING && options.slots().isEmpty() && counts) {
            takeJobs(jobsAtOnce(came));
        }
    }

    private Optional<DarkroomException> tryToPreload() {
        try {
            preload();
            trouble = Optional.empty();
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            DarkroomException why = DarkroomException.of(e);
            if (!trouble.equals(Optional.of(why.reason()))) {
                LOG.warn("{} is not ready, goes on trying: {}", options.name(), why.code(), why);
            }
            trouble = Optional.of(why.reason());
            return Optional.of(why);
        }
    }

    private static boolean pause(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Takes no more jobs; those that run may end within the grace, the others are given back. */
    @Override
    public void close() {
        synchronized (this) {
            if (state == State.STOPPED) {
                return;
            }
            state = State.STOPPED;
        }
        unlisten.run();
        watch.shutdownNow();
        starter.interrupt();
        // First: jobs that nobody here will take are another's to dispatch.
        dispatcher.close();
        swapper.close();
        slots.ifPresent(Slots::close);
        previews.close();
        control.close();
        models.close();
    }
}
