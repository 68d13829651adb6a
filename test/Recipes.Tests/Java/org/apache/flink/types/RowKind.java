package org.apache.flink.types;

public enum RowKind { INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE }
