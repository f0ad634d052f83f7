package dev.darkroom.platform.objectstore;

import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.storage.ObjectKey;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetPresignedObjectUrlArgs;
import io.minio.Http;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.UploadObjectArgs;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/**
 * The bucket through the MinIO SDK, which talks to every S3 server.
 *
 * <p>A request waits 5 s for a connection and 30 s for the next byte. A large file travels in parts
 * of 16 MiB, one at a time, so that an upload holds 16 MiB of memory whatever the file's size (and
 * a file may have 160 GB).
 */
public final class MinioObjectStore implements ObjectStore {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration NEXT_BYTE = Duration.ofSeconds(30);
    private static final long PART_SIZE = 16L << 20;
    private static final int MAX_REQUESTS = 64;
    private static final int CONFLICT_ATTEMPTS = 5;
    private static final int BLOCK = 1 << 16;
    private static final DateTimeFormatter SIGNED_AT =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'");

    private final ObjectStoreSettings settings;
    private final StoreErrors errors;
    private final OkHttpClient http;
    private final MinioClient client;

    /** Only signs, and so connects to nobody: the host is a part of what is signed. */
    private final MinioClient signer;

    /**
     * Connects with the first request.
     *
     * @throws DarkroomException MISCONFIGURED where an endpoint is no address, or the file of
     *     certificates has none
     */
    public MinioObjectStore(ObjectStoreSettings settings) {
        this.settings = settings;
        this.errors = new StoreErrors(settings);
        this.http = newHttpClient(settings);
        this.client = newClient(settings.endpoint());
        this.signer = settings.publicEndpoint().map(this::newClient).orElse(client);
    }

    private MinioClient newClient(URI endpoint) {
        try {
            return MinioClient.builder()
                    .endpoint(endpoint.toString())
                    .region(settings.region())
                    .credentials(settings.accessKey(), settings.secretKey())
                    .httpClient(http)
                    .build();
        } catch (IllegalArgumentException e) {
            throw errors.classify("use the endpoint " + endpoint, e);
        }
    }

    private static OkHttpClient newHttpClient(ObjectStoreSettings settings) {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(MAX_REQUESTS);
        dispatcher.setMaxRequestsPerHost(MAX_REQUESTS);
        OkHttpClient.Builder http =
                new OkHttpClient.Builder()
                        .dispatcher(dispatcher)
                        .protocols(List.of(Protocol.HTTP_1_1))
                        .connectTimeout(CONNECT)
                        .readTimeout(NEXT_BYTE)
                        .writeTimeout(NEXT_BYTE);
        settings.certificates().ifPresent(file -> TrustedAuthorities.apply(file, http));
        return http.build();
    }

    @Override
    public void ensureBucket() {
        String bucket = settings.bucket();
        try {
            if (client.bucketExists(BucketExistsArgs.builder().bucket(bucket).build())) {
                return;
            }
            client.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
        } catch (MinioException | RuntimeException e) {
            if (StoreErrors.isBucketOurs(e)) {
                return;
            }
            throw errors.classify("make the bucket " + bucket, e);
        }
    }

    @Override
    public void put(ObjectKey key, byte[] content, String contentType) {
        try {
            client.putObject(putOf(key, content, contentType).build());
        } catch (MinioException | RuntimeException e) {
            throw errors.classify("write " + key, e);
        }
    }

    private PutObjectArgs.Builder putOf(ObjectKey key, byte[] content, String contentType) {
        return PutObjectArgs.builder()
                .bucket(settings.bucket())
                .object(key.value())
                .data(content, content.length)
                .contentType(contentType);
    }

    @Override
    public void putFile(ObjectKey key, Path file, String contentType) {
        if (!Files.isReadable(file)) {
            throw new DarkroomException(ErrorCode.INTERNAL, "cannot read " + file);
        }
        try {
            client.uploadObject(
                    UploadObjectArgs.builder()
                            .bucket(settings.bucket())
                            .object(key.value())
                            .filename(file.toString(), PART_SIZE)
                            .contentType(contentType)
                            .build());
        } catch (MinioException | RuntimeException e) {
            throw errors.classify("write " + key, e);
        }
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, byte[] content, String contentType) {
        for (int attempt = 1; ; attempt++) {
            try {
                client.putObject(
                        putOf(key, content, contentType)
                                .headers(Map.of("If-None-Match", "*"))
                                .build());
                return true;
            } catch (MinioException | RuntimeException e) {
                if (StoreErrors.isPreconditionFailed(e)) {
                    return false;
                }
                if (!StoreErrors.isConditionalConflict(e) || attempt == CONFLICT_ATTEMPTS) {
                    throw errors.classify("write " + key, e);
                }
            }
        }
    }

    @Override
    public Optional<byte[]> find(ObjectKey key) {
        try (InputStream object = client.getObject(get(key))) {
            return Optional.of(object.readAllBytes());
        } catch (MinioException | IOException | RuntimeException e) {
            if (StoreErrors.isMissing(e)) {
                return Optional.empty();
            }
            throw errors.classify("read " + key, e);
        }
    }

    private GetObjectArgs get(ObjectKey key) {
        return getOf(key).build();
    }

    private GetObjectArgs.Builder getOf(ObjectKey key) {
        return GetObjectArgs.builder().bucket(settings.bucket()).object(key.value());
    }

    @Override
    public boolean download(ObjectKey key, Path target, long from) {
        return download(from == 0 ? get(key) : getOf(key).offset(from).build(), target, from);
    }

    @Override
    public boolean download(ObjectKey key, Path target, String tag) {
        // Listings quote tags or do not, as the server likes; a condition must.
        String quoted = tag.startsWith("\"") ? tag : "\"" + tag + "\"";
        return download(getOf(key).matchETag(quoted).build(), target, 0);
    }

    private boolean download(GetObjectArgs what, Path target, long from) {
        try (InputStream object = client.getObject(what)) {
            append(object, target, from);
            return true;
        } catch (MinioException | IOException | RuntimeException e) {
            if (StoreErrors.isMissing(e) || StoreErrors.isPreconditionFailed(e)) {
                return false;
            }
            throw errors.classify("read " + what.object(), e);
        }
    }

    /** A failure of the disk is told from one of the network. */
    private static void append(InputStream object, Path target, long from) throws IOException {
        byte[] block = new byte[BLOCK];
        try (OutputStream file = open(target, from)) {
            for (int count = object.read(block); count >= 0; count = object.read(block)) {
                try {
                    file.write(block, 0, count);
                } catch (IOException e) {
                    throw unwritable(target, e);
                }
            }
        }
    }

    private static OutputStream open(Path target, long from) {
        try {
            FileChannel file =
                    FileChannel.open(target, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            file.truncate(from).position(from);
            return Channels.newOutputStream(file);
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static DarkroomException unwritable(Path target, IOException cause) {
        return new DarkroomException(
                ErrorCode.RESOURCE_EXHAUSTED, "cannot write " + target + ": " + cause, cause);
    }

    @Override
    public Optional<Long> size(ObjectKey key) {
        try {
            return Optional.of(
                    client.statObject(
                                    StatObjectArgs.builder()
                                            .bucket(settings.bucket())
                                            .object(key.value())
                                            .build())
                            .size());
        } catch (MinioException | RuntimeException e) {
            if (StoreErrors.isMissing(e)) {
                return Optional.empty();
            }
            throw errors.classify("look at " + key, e);
        }
    }

    @Override
    public List<StoredObject> objects(String prefix) {
        List<StoredObject> objects = new ArrayList<>();
        try {
            for (Result<Item> result :
                    client.listObjects(
                            ListObjectsArgs.builder()
                                    .bucket(settings.bucket())
                                    .prefix(prefix)
                                    .recursive(true)
                                    .build())) {
                Item item = result.get();
                objects.add(
                        new StoredObject(
                                new ObjectKey(item.objectName()),
                                item.size(),
                                item.etag(),
                                item.lastModified().toInstant()));
            }
        } catch (MinioException | RuntimeException e) {
            throw errors.classify("list " + prefix, e);
        }
        return List.copyOf(objects);
    }

    @Override
    public PresignedUrl presign(ObjectKey key, Duration lifetime) {
        if (lifetime.compareTo(Duration.ofSeconds(1)) < 0
                || lifetime.compareTo(LONGEST_LINK) > 0
                || !lifetime.equals(Duration.ofSeconds(lifetime.toSeconds()))) {
            throw new IllegalArgumentException(
                    "lifetime is " + lifetime + ", must be whole seconds, 1 s to 7 days");
        }
        try {
            HttpUrl url =
                    HttpUrl.get(
                            signer.getPresignedObjectUrl(
                                    GetPresignedObjectUrlArgs.builder()
                                            .method(Http.Method.GET)
                                            .bucket(settings.bucket())
                                            .object(key.value())
                                            .expiry((int) lifetime.toSeconds())
                                            .build()));
            // The server counts from the time that the signer wrote, which is cut to seconds.
            LocalDateTime signed =
                    LocalDateTime.parse(
                            String.valueOf(url.queryParameter("X-Amz-Date")), SIGNED_AT);
            return new PresignedUrl(url.uri(), signed.toInstant(ZoneOffset.UTC).plus(lifetime));
        } catch (MinioException | RuntimeException e) {
            throw errors.classify("sign a URL of " + key, e);
        }
    }

    @Override
    public void delete(ObjectKey key) {
        try {
            client.removeObject(
                    RemoveObjectArgs.builder()
                            .bucket(settings.bucket())
                            .object(key.value())
                            .build());
        } catch (MinioException | RuntimeException e) {
            if (!StoreErrors.isMissing(e)) {
                throw errors.classify("delete " + key, e);
            }
        }
    }

    @Override
    public void close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }
}
