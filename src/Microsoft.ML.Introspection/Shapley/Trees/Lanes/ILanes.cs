namespace Microsoft.ML.Introspection.Shapley.Trees.Lanes;

/// <summary>
/// Several numbers side by side in a register, one for each row of the data: the words in which the sweeps through trees are
/// written, whatever width the processor has. Comparisons give masks: all bits of a lane, or none.
/// </summary>
internal interface ILanes<TSelf, T>
    where TSelf : struct, ILanes<TSelf, T>
    where T : unmanaged
{
    static abstract int Count { get; }

    static abstract TSelf All(T value);

    static abstract unsafe TSelf Load(T* from);

    unsafe void Store(T* to);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    /// <summary>left·right + addend.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>A mask of the lanes where left is below right.</summary>
    static abstract TSelf Less(TSelf left, TSelf right);

    /// <summary>Lane by lane the one or the other.</summary>
    static abstract TSelf Select(TSelf mask, TSelf then, TSelf otherwise);

    /// <summary>A mask from bits, the lowest for the first lane.</summary>
    static abstract TSelf Mask(uint bits);

    /// <summary>
    /// Elements of a table at places that lanes hold as whole numbers; the table has as many elements as there are lanes.
    /// </summary>
    static abstract unsafe TSelf Pick(T* table, TSelf places);

    /// <summary>All lanes together.</summary>
    T Sum();

    /// <summary>Adds the lanes to as many numbers of double precision.</summary>
    unsafe void AddTo(double* sums);
}
