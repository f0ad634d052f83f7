package dev.darkroom.contract.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.darkroom.contract.error.DarkroomException;
import dev.darkroom.contract.error.ErrorCode;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The samplers that a job can ask for, by the names they have on the wire and on the command line.
 */
public enum SamplerName {
    DDIM("ddim", "DDIM"),
    EULER("euler", "Euler"),
    DPMPP_2M_KARRAS("dpmpp_2m_karras", "DPM++ 2M Karras");

    private final String wireName;
    private final String displayName;

    SamplerName(String wireName, String displayName) {
        this.wireName = wireName;
        this.displayName = displayName;
    }

    @JsonValue
    public String wireName() {
        return wireName;
    }

    /** The name that other tools of the field show, and write into a picture's parameters. */
    public String displayName() {
        return displayName;
    }

    @JsonCreator
    public static SamplerName parse(String text) {
        for (SamplerName sampler : values()) {
            if (sampler.wireName.equals(text)) {
                return sampler;
            }
        }
        throw new DarkroomException(
                ErrorCode.INVALID_REQUEST,
                "sampler is \""
                        + Text.clip(text)
                        + "\", must be one of "
                        + Arrays.stream(values())
                                .map(SamplerName::wireName)
                                .collect(Collectors.joining(", ")));
    }
}
