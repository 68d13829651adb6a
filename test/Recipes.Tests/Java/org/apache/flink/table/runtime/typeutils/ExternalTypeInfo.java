package org.apache.flink.table.runtime.typeutils;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.types.DataType;

public final class ExternalTypeInfo<T> extends TypeInformation<T> {
    public final DataType type;

    private ExternalTypeInfo(DataType type) {
        this.type = type;
    }

    public static <T> ExternalTypeInfo<T> of(DataType type) {
        return new ExternalTypeInfo<>(type);
    }
}
