package dev.darkroom.producer.submit;

import dev.darkroom.contract.checkpoint.CheckpointConfiguration;
import dev.darkroom.contract.checkpoint.CheckpointId;
import dev.darkroom.contract.checkpoint.CheckpointVersion;
import dev.darkroom.contract.checkpoint.ModelName;
import dev.darkroom.contract.checkpoint.Promotion;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.Disposition;
import dev.darkroom.contract.error.ErrorCode;
import dev.darkroom.contract.job.JobId;
import dev.darkroom.platform.registry.CheckpointRegistry;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models of the checkpoint registry. */
public final class RegistryCatalog implements ModelCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryCatalog.class);

    private final CheckpointRegistry registry;

    public RegistryCatalog(CheckpointRegistry registry) {
        this.registry = registry;
    }

    @Override
    public CheckpointConfiguration require(
            ModelName model, Optional<CheckpointVersion> version, JobId job) {
        if (version.isPresent()) {
            return registry.configuration(requireVersion(new CheckpointId(model, version.get())));
        }
        Promotion promotion = requirePromotion(model);
        CheckpointId chosen = promotion.choose(job);
        try {
            return registry.configuration(chosen);
        } catch (DarkroomException e) {
            if (chosen.equals(promotion.id()) || e.code().disposition() == Disposition.TRANSIENT) {
                throw e;
            }
            LOG.warn("Canary {} cannot be read, workers refuse it: {}", chosen, e.reason());
            return registry.configuration(promotion.id());
        }
    }

    @Override
    public void requireServed(ModelName model) {
        requirePromotion(model);
    }

    private Promotion requirePromotion(ModelName model) {
        return registry.promotion(model).orElseThrow(() -> unknown(model));
    }

    @Override
    public List<ServedModel> models() {
        return registry.promotions().stream().flatMap(found -> served(found).stream()).toList();
    }

    private CheckpointId requireVersion(CheckpointId pinned) {
        if (registry.manifest(pinned).isEmpty()) {
            throw new DarkroomException(
                    ErrorCode.UNKNOWN_MODEL,
                    "model \""
                            + pinned.model()
                            + "\" has no published version "
                            + pinned.version());
        }
        return pinned;
    }

    private DarkroomException unknown(ModelName model) {
        String served =
                registry.promotions().stream()
                        .map(promotion -> promotion.model().value())
                        .collect(Collectors.joining(", "));
        return new DarkroomException(
                ErrorCode.UNKNOWN_MODEL,
                "model \""
                        + model
                        + "\" is not served; "
                        + (served.isEmpty() ? "no model is" : "served are: " + served));
    }

    /** One damaged checkpoint does not hide the others. */
    private Optional<ServedModel> served(Promotion promotion) {
        try {
            return Optional.of(new ServedModel(promotion, registry.configuration(promotion.id())));
        } catch (DarkroomException e) {
            if (e.code().disposition() == Disposition.TRANSIENT) {
                throw e;
            }
            LOG.warn("Model {} is promoted but cannot be read: {}", promotion.id(), e.reason());
            return Optional.empty();
        }
    }
}
