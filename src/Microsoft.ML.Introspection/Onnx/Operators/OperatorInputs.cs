using System.Collections.Frozen;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>What the values of an input are for, beside being computed with.</summary>
[Flags]
internal enum InputRole
{
    /// <summary>Nothing that is told here.</summary>
    None = 0,

    /// <summary>It is a single number.</summary>
    Number = 1,

    /// <summary>It holds a number for each axis.</summary>
    Axes = 2,

    /// <summary>It decides the extents of what comes out.</summary>
    Extents = 4,

    /// <summary>ONNX Runtime does not look whether it makes sense: a wrong one ends the process, or keeps it busy for ever.</summary>
    Trusted = 8,
}

/// <summary>The inputs of standard operators that are settings rather than data: a row each.</summary>
internal static class OperatorInputs
{
    // Places of inputs, each with n (a single number), a (a number for each axis), e (decides extents), t (trusted).
    private static readonly FrozenDictionary<string, (int Input, InputRole Role)[]> Table = """
        Reshape 1ae | Expand 1ae | Tile 1ae | ConstantOfShape 0ae | Squeeze 1ae | Unsqueeze 1ae | CenterCropPad 1ae | AffineGrid 1ae
        Slice 1ae 2ae 3ae 4ae | Resize 1ae 2ae 3ae | Col2Im 1ae 2ae | MaxUnpool 2ae | Pad 1ae 2n 3ae | Upsample 1a
        Range 0ne 1ne 2ne | OneHot 1ne | TopK 1ne | HannWindow 0ne | HammingWindow 0ne | BlackmanWindow 0ne | If 0ne | Loop 0ne 1ne
        MelWeightMatrix 0ne 1ne 2n 3n 4n | CumSum 1n | Trilu 1n | Dropout 1n 2n | NonMaxSuppression 2n 3n 4n
        DFT 1net 2net | STFT 1net 3net | SequenceAt 1net | SequenceErase 1nt | SequenceInsert 2nt
        Split 1e | SplitToSequence 1e | ImageDecoder 0e | StringSplit 0e
        ReduceSum 1e | ReduceMean 1e | ReduceMax 1e | ReduceMin 1e | ReduceL1 1e | ReduceL2 1e | ReduceProd 1e | ReduceLogSum 1e
        ReduceLogSumExp 1e | ReduceSumSquare 1e
        """.Split((char[])['|', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(row => row.Split(' ')).ToFrozenDictionary(row => row[0], row => row[1..].Select(Read).ToArray());

    /// <summary>The operators that have such inputs.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    /// <summary>The places of an operator's inputs that have a role.</summary>
    public static IEnumerable<int> Of(string operatorType, InputRole role) =>
        Table.TryGetValue(operatorType, out var inputs) ? inputs.Where(i => i.Role.HasFlag(role)).Select(i => i.Input) : [];

    private static (int, InputRole) Read(string text) =>
        (text[0] - '0', text[1..].Aggregate(InputRole.None, (role, letter) => role | Of(letter)));

    private static InputRole Of(char letter) => letter switch
    {
        'n' => InputRole.Number,
        'a' => InputRole.Axes,
        'e' => InputRole.Extents,
        _ => InputRole.Trusted,
    };
}
