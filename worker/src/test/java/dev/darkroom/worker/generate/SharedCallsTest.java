package dev.darkroom.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.worker.Await;
import dev.darkroom.worker.life.Pulse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SharedCallsTest {
    private final AtomicLong clock = new AtomicLong();
    private volatile long nanosOfACall;
    private final SharedCalls calls = new SharedCalls(clock::get);
    private final ExecutorService jobs = Executors.newCachedThreadPool();
    private final List<List<String>> made = new CopyOnWriteArrayList<>();
    private final CountDownLatch held = new CountDownLatch(1);
    private final Shout shout = new Shout();

    @AfterEach
    void ends() {
        held.countDown();
        jobs.shutdownNow();
    }

    /** Answers in capitals; a row a letter. "hold" is held up, and what has a "!" fails. */
    private final class Shout implements SharedCalls.Call<String, String> {
        @Override
        public int rows(String request) {
            return request.length();
        }

        @Override
        public List<String> answer(List<String> requests) {
            made.add(List.copyOf(requests));
            clock.addAndGet(nanosOfACall);
            if (requests.contains("hold")) {
                awaitRelease();
            }
            for (String request : requests) {
                if (request.contains("!")) {
                    ErrorCode code =
                            request.contains("!!")
                                    ? ErrorCode.RESOURCE_EXHAUSTED
                                    : ErrorCode.GENERATION_FAILED;
                    throw new DarkroomException(code, request);
                }
            }
            return requests.stream().map(request -> request.toUpperCase(Locale.ROOT)).toList();
        }

        private void awaitRelease() {
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private String ask(String group, int maxRows, String request) {
        return calls.ask(group, shout, maxRows, request, new Pulse());
    }

    /** A call is under way until {@link #held} is released; what is asked meanwhile must wait. */
    private void holdUp() {
        Future<String> first = jobs.submit(() -> ask("held up", 9, "hold"));
        Await.until(() -> made.size() == 1);
        assertThat(first).isNotDone();
    }

    /** Asks in an order that is certain. */
    private Future<String> submit(String group, int maxRows, String request) {
        clock.incrementAndGet();
        int before = calls.waiting();
        Future<String> answer = jobs.submit(() -> ask(group, maxRows, request));
        Await.until(() -> calls.waiting() == before + 1);
        return answer;
    }

    private List<List<String>> madeAfterTheFirst() {
        return made.subList(1, made.size());
    }

    @Test
    void whoAsksDuringACallSharesTheNext() throws Exception {
        holdUp();
        List<Future<String>> answers =
                List.of(submit("a", 9, "x"), submit("a", 9, "yy"), submit("a", 9, "z"));
        held.countDown();

        assertThat(answers.get(0).get()).isEqualTo("X");
        assertThat(answers.get(1).get()).isEqualTo("YY");
        assertThat(answers.get(2).get()).isEqualTo("Z");
        assertThat(madeAfterTheFirst()).containsExactly(List.of("x", "yy", "z"));
    }

    @Test
    void callHasNoMoreRowsThanItMay() throws Exception {
        holdUp();
        List<Future<String>> answers = new ArrayList<>();
        for (String request : List.of("aa", "bb", "c", "dddddd", "e")) {
            answers.add(submit("a", 4, request));
        }
        held.countDown();
        for (Future<String> answer : answers) {
            answer.get();
        }

        assertThat(madeAfterTheFirst())
                .containsExactly(
                        List.of("aa", "bb"), List.of("c"), List.of("dddddd"), List.of("e"));
    }

    @Test
    void groupsTakeTurnsByHowLongTheyWaited() throws Exception {
        holdUp();
        List<Future<String>> answers =
                List.of(
                        submit("a", 2, "a1"),
                        submit("b", 9, "b1"),
                        submit("a", 2, "a2"),
                        submit("c", 9, "c1"),
                        submit("b", 9, "b2"));
        held.countDown();
        for (Future<String> answer : answers) {
            answer.get();
        }

        assertThat(madeAfterTheFirst())
                .containsExactly(List.of("a1"), List.of("b1", "b2"), List.of("a2"), List.of("c1"));
    }

    @Test
    void failureIsOfTheOneThatCausedIt() throws Exception {
        holdUp();
        Future<String> one = submit("a", 9, "x");
        Future<String> guilty = submit("a", 9, "y!");
        Future<String> other = submit("a", 9, "z");
        held.countDown();

        assertThat(one.get()).isEqualTo("X");
        assertThat(other.get()).isEqualTo("Z");
        assertThatThrownBy(guilty::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        DarkroomException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.GENERATION_FAILED);
                            assertThat(e.reason()).isEqualTo("y!");
                        });
    }

    @Test
    void callsGetSmallerWhereMemoryRanOut() throws Exception {
        try (SharedCalls.Seat<String, String> seat = calls.sit("a", shout, 8, new Pulse())) {
            holdUp();
            Future<String> one = submit("a", 8, "aa");
            Future<String> tooMuch = submit("a", 8, "b!!");
            held.countDown();
            assertThat(one.get()).isEqualTo("AA");
            assertThatThrownBy(tooMuch::get).hasMessageContaining("b!!");
            made.clear();

            List<Future<String>> later = new ArrayList<>();
            for (String request : List.of("cc", "dd", "ee", "ff")) {
                later.add(jobs.submit(() -> ask("a", 8, request)));
            }
            for (Future<String> answer : later) {
                answer.get();
            }
            assertThat(seat.ask("g")).isEqualTo("G");
        }

        assertThat(made).allMatch(requests -> String.join("", requests).length() <= 4);
    }

    /** Where only calls take time nobody loses patience: they wait for whoever sits. */
    @Test
    @Timeout(60)
    void jobsThatAskAgainAndAgainComeTogether() throws Exception {
        List<SharedCalls.Seat<String, String>> seats = new ArrayList<>();
        for (int job = 0; job < 8; job++) {
            seats.add(calls.sit("a", shout, 64, new Pulse()));
        }
        nanosOfACall = TimeUnit.HOURS.toNanos(1);
        assertThat(seats.get(0).ask("x")).isEqualTo("X");
        made.clear();
        List<Future<?>> all = new ArrayList<>();
        for (int job = 0; job < 8; job++) {
            SharedCalls.Seat<String, String> seat = seats.get(job);
            int steps = 10 * (job + 1);
            all.add(jobs.submit(() -> askAgain(seat, steps)));
        }
        for (Future<?> job : all) {
            job.get();
        }

        List<Integer> expected = new ArrayList<>();
        for (int together = 8; together > 0; together--) {
            expected.addAll(Collections.nCopies(10, together));
        }
        assertThat(made.stream().map(List::size)).containsExactlyElementsOf(expected);
        assertThat(calls.groups()).isZero();
    }

    /** Its calls take long, so that one would be worth a long wait for company. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void loneOneIsAnsweredAtOnce() {
        nanosOfACall = TimeUnit.HOURS.toNanos(1);
        try (SharedCalls.Seat<String, String> seat = calls.sit("a", shout, 64, new Pulse())) {
            calls.sit("a", shout, 64, new Pulse()).close();
            for (int step = 0; step < 1000; step++) {
                assertThat(seat.ask("x")).isEqualTo("X");
            }
        }

        assertThat(made).hasSize(1000);
    }

    /**
     * While a group that never stops asking has a full call waiting behind the one that is made,
     * others ask once each: they come behind that full call, and before what is asked after it.
     */
    @Test
    @Timeout(60)
    void groupThatKeepsAskingKeepsNobodyFromItsTurn() throws Exception {
        int rounds = 20;
        AtomicLong now = new AtomicLong();
        SharedCalls turns = new SharedCalls(now::incrementAndGet);
        List<String> order = new CopyOnWriteArrayList<>();
        List<Future<String>> rare = new CopyOnWriteArrayList<>();
        SharedCalls.Call<String, String> once = answering(order::addAll);
        AtomicInteger round = new AtomicInteger();
        SharedCalls.Call<String, String> often =
                answering(
                        requests -> {
                            order.add("often");
                            // Worth a wait for company, so that every further call is full.
                            now.addAndGet(TimeUnit.HOURS.toNanos(1));
                            boolean first = order.indexOf("often") == order.size() - 1;
                            boolean allHadTheirTurn = order.containsAll(rare(round.get()));
                            if (!first && allHadTheirTurn && round.get() < rounds) {
                                Await.until(() -> turns.waiting() == 2);
                                order.add("asked");
                                for (String request : rare(round.incrementAndGet())) {
                                    int before = turns.waiting();
                                    rare.add(
                                            jobs.submit(
                                                    () ->
                                                            turns.ask(
                                                                    request,
                                                                    once,
                                                                    9,
                                                                    request,
                                                                    new Pulse())));
                                    Await.until(() -> turns.waiting() == before + 1);
                                }
                            }
                        });
        List<SharedCalls.Seat<String, String>> seats = new ArrayList<>();
        for (int job = 0; job < 4; job++) {
            seats.add(turns.sit("often", often, 2, new Pulse()));
        }
        List<Future<?>> all = new ArrayList<>();
        for (SharedCalls.Seat<String, String> seat : seats) {
            all.add(
                    jobs.submit(
                            () -> {
                                while (!order.containsAll(rare(rounds))) {
                                    seat.ask("x");
                                }
                                seat.close();
                            }));
        }
        for (Future<?> job : all) {
            job.get();
        }
        for (Future<String> answer : rare) {
            answer.get();
        }

        for (int i = 0, asked = 0; i < rounds; i++) {
            asked += order.subList(asked, order.size()).indexOf("asked") + 1;
            List<String> expected = new ArrayList<>(List.of("often"));
            expected.addAll(rare(i + 1));
            assertThat(order.subList(asked, asked + expected.size()))
                    .containsExactlyElementsOf(expected);
        }
    }

    private static List<String> rare(int round) {
        return round == 0
                ? List.of()
                : List.of("one of " + round, "another of " + round, "a third of " + round);
    }

    /** A row a request, which is its own answer. */
    private static SharedCalls.Call<String, String> answering(Consumer<List<String>> made) {
        return new SharedCalls.Call<>() {
            @Override
            public int rows(String request) {
                return 1;
            }

            @Override
            public List<String> answer(List<String> requests) {
                made.accept(requests);
                return requests;
            }
        };
    }

    private static void askAgain(SharedCalls.Seat<String, String> seat, int steps) {
        try (seat) {
            for (int step = 0; step < steps; step++) {
                seat.ask("x");
            }
        }
    }

    @Test
    void everyoneGetsAnAnswerHoweverTheyComeAndGo() throws Exception {
        SharedCalls hurried = new SharedCalls();
        AtomicInteger answered = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int job = 0; job < 16; job++) {
            Random random = new Random(job);
            all.add(
                    jobs.submit(
                            () -> {
                                for (int round = 0; round < 50; round++) {
                                    String group = "group" + random.nextInt(3);
                                    try (SharedCalls.Seat<String, String> seat =
                                            hurried.sit(group, shout, 6, new Pulse())) {
                                        for (int step = random.nextInt(8); step > 0; step--) {
                                            check(seat::ask, random);
                                            answered.incrementAndGet();
                                        }
                                    }
                                    check(
                                            request ->
                                                    hurried.ask(
                                                            "once", shout, 6, request, new Pulse()),
                                            random);
                                }
                                return null;
                            }));
        }
        for (Future<?> job : all) {
            job.get();
        }

        assertThat(answered).hasPositiveValue();
        assertThat(hurried.groups()).isZero();
    }

    private static void check(UnaryOperator<String> ask, Random random) {
        String request = "abc".substring(random.nextInt(3)) + (random.nextInt(20) == 0 ? "!" : "");
        try {
            assertThat(ask.apply(request)).isEqualTo(request.toUpperCase(Locale.ROOT));
        } catch (DarkroomException e) {
            assertThat(e.reason()).isEqualTo(request).contains("!");
        }
    }

    @Test
    void interruptedThreadStillGetsItsAnswer() throws Exception {
        holdUp();
        Thread[] asking = new Thread[1];
        List<Boolean> interrupted = new CopyOnWriteArrayList<>();
        Future<String> answer =
                jobs.submit(
                        () -> {
                            asking[0] = Thread.currentThread();
                            String given = ask("a", 9, "x");
                            interrupted.add(Thread.interrupted());
                            return given;
                        });
        Await.until(() -> calls.waiting() == 1);
        asking[0].interrupt();
        held.countDown();

        assertThat(answer.get()).isEqualTo("X");
        assertThat(interrupted).containsExactly(true);
    }
}
