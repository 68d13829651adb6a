namespace Microsoft.ML.Introspection.Importers;

/// <summary>What a file of TensorFlow leaves open: which of its functions is meant, and between which tensors.</summary>
public sealed record TensorFlowOptions
{
    /// <summary>The signature of a SavedModel where none is named.</summary>
    public const string DefaultSignature = "serving_default";

    /// <summary>The signature of a SavedModel; null for <see cref="DefaultSignature"/>, or the only one.</summary>
    public string? Signature { get; init; }

    /// <summary>
    /// The tensors where a frozen graph begins, as <c>node</c> or <c>node:0</c>; none for all placeholders. Of a SavedModel, the inputs of
    /// the signature are meant, and nothing is to be named here.
    /// </summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>
    /// The tensors where it ends: of a frozen graph, as <c>node</c> or <c>node:0</c>, none for those that no other node uses; of a
    /// SavedModel, outputs of the signature, none for all.
    /// </summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>
    /// Numbers for extents that the file leaves open, by <c>INPUT[AXIS]</c>, or <c>batch</c> for the first of all inputs: graphs that
    /// compute with their extents can be read where these are numbers, and may not be otherwise.
    /// </summary>
    public IReadOnlyDictionary<string, long> Dimensions { get; init; } = new Dictionary<string, long>();
}
