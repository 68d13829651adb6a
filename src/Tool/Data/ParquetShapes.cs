using static Microsoft.ML.Introspection.Tool.Data.ThriftKind;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The structures that describe a Parquet file, as its format defines them.</summary>
internal static class ParquetShapes
{
    private static readonly ThriftMember Ints = new(Int, IsList: true), Longs = new(Long, IsList: true), Texts = new(Bytes, IsList: true);

    private static readonly ThriftShape Nothing = new();

    private static readonly ThriftShape Statistics = new(Bytes, Bytes, Long, Long, Bytes, Bytes, True, True);

    private static readonly ThriftShape KeyValue = new(Bytes, Bytes);

    private static readonly ThriftShape Unit = new(Nothing, Nothing, Nothing);

    private static readonly ThriftShape LogicalType = new(
        Nothing, Nothing, Nothing, Nothing, new ThriftShape(Int, Int), Nothing, new ThriftShape(True, Unit), new ThriftShape(True, Unit),
        null, new ThriftShape(Tiny, True), Nothing, Nothing, Nothing, Nothing, Nothing, new ThriftShape(Tiny), new ThriftShape(Bytes),
        new ThriftShape(Bytes, Int));

    /// <summary>A column, or what holds others.</summary>
    public static readonly ThriftShape Element = new(Int, Int, Int, Bytes, Int, Int, Int, Int, Int, LogicalType);

    /// <summary>The number of the member of <see cref="Element"/> that tells how many of those behind it it holds.</summary>
    public const int Children = 5;

    private static readonly ThriftShape Chunk = new(
        Bytes, Long,
        new ThriftShape(
            Int, Ints, Texts, Int, Long, Long, Long, KeyValue.List(), Long, Long, Long, Statistics, new ThriftShape(Int, Int, Int).List(),
            Long, Int, new ThriftShape(Long, Longs, Longs),
            new ThriftShape(new ThriftShape(Real, Real, Real, Real, Real, Real, Real, Real), Ints)),
        Long, Int, Long, Int, new ThriftShape(Nothing, new ThriftShape(Texts, Bytes)), Bytes);

    private static readonly ThriftShape Encryption = new(Bytes, Bytes, True);

    /// <summary>What stands at the end of a file.</summary>
    public static readonly ThriftShape File = new(
        Int, Element.List(), Long,
        new ThriftShape(Chunk.List(), Long, Long, new ThriftShape(Int, True, True).List(), Long, Long, Short).List(),
        KeyValue.List(), Bytes, new ThriftShape(Nothing).List(), new ThriftShape(Encryption, Encryption), Bytes);

    /// <summary>What a page of values has of its own, where its levels are packed with them.</summary>
    public static readonly ThriftShape DataPage = new(Int, Int, Int, Int, Statistics);

    /// <summary>What a page of the values that occur has of its own.</summary>
    public static readonly ThriftShape DictionaryPage = new(Int, Int, True);

    /// <summary>What a page of values has of its own, where its levels stand before them.</summary>
    public static readonly ThriftShape DataPage2 = new(Int, Int, Int, Int, Int, Int, True, Statistics);

    /// <summary>What stands before a page.</summary>
    public static readonly ThriftShape Page = new(Int, Int, Int, Int, DataPage, Nothing, DictionaryPage, DataPage2);
}
