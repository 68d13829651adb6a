namespace Microsoft.ML.Introspection.Importers.Hdf5;

/// <summary>The trees that the older forms of groups and of chunked data sets are found by.</summary>
internal static class Hdf5Tree
{
    /// <summary>What the leaves lead to, in order: where it lies, and the key before it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="root">The address of the root.</param>
    /// <param name="kind">0 for groups, 1 for chunks.</param>
    /// <param name="keySize">Bytes of a key.</param>
    /// <param name="what">What is looked for, for messages.</param>
    /// <param name="most">More nodes than that no tree has.</param>
    public static IEnumerable<(byte[] Key, long Address)> Leaves(Hdf5File file, long root, int kind, int keySize, string what, int most)
    {
        var seen = new HashSet<long>();
        var open = new Stack<long>([root]);
        while (open.TryPop(out var address))
        {
            if (!seen.Add(address) || seen.Count > most)
                throw Hdf5Source.Damaged($"the tree of {what} goes round in a circle, or has too many nodes");
            var (level, children) = Node(file, address, kind, keySize, what);
            if (level == 0)
                foreach (var child in children)
                    yield return child;
            else
                foreach (var child in children.AsEnumerable().Reverse())
                    open.Push(child.Address);
        }
    }

    private static (int Level, List<(byte[] Key, long Address)> Children) Node(
        Hdf5File file, long address, int kind, int keySize, string what)
    {
        var head = new Hdf5Cursor(file.Take(address, 8, what), what);
        head.Expect("TREE"u8);
        if (head.Byte() != kind)
            throw Hdf5Source.Damaged($"the tree of {what} is of another kind");
        var (level, count) = (head.Byte(), head.Short());
        var start = address + 8 + 2 * file.OffsetSize;
        var cursor = new Hdf5Cursor(file.Take(start, (long)count * (keySize + file.OffsetSize), what), what);
        var children = new List<(byte[], long)>();
        for (var i = 0; i < count; i++)
            children.Add((cursor.Bytes(keySize).ToArray(), cursor.Number(file.OffsetSize)));
        return (level, children);
    }
}
