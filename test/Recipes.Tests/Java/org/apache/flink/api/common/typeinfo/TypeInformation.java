package org.apache.flink.api.common.typeinfo;

public abstract class TypeInformation<T> implements java.io.Serializable { }
