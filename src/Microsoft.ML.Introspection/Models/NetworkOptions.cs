using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>What a file leaves open, decided when it is read.</summary>
public sealed record NetworkOptions
{
    private readonly IReadOnlyDictionary<string, long> _dimensions = new Dictionary<string, long>();
    private readonly IReadOnlyDictionary<string, IReadOnlyList<long>> _rowShapes = new Dictionary<string, IReadOnlyList<long>>();

    /// <summary>
    /// Numbers for open extents, by the symbol the file gives them (<c>"sequence"</c>) or, where it gives none, by input and axis
    /// (<c>"input_ids[1]"</c>). That of the first axis (the batch) may stay open.
    /// </summary>
    public IReadOnlyDictionary<string, long> Dimensions
    {
        get => _dimensions;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Dimensions));
            foreach (var (name, extent) in value)
                if (extent < 1)
                    throw new ArgumentOutOfRangeException(nameof(Dimensions), extent, $"The dimension '{name}' must be at least 1.");
            _dimensions = value;
        }
    }

    /// <summary>
    /// Whether a first axis that the file fixes at one row is left open, so that several rows can be given at once. Right where the network
    /// treats rows one by one and only its export says otherwise, which nothing but a trial tells.
    /// </summary>
    public bool OpensRows { get; init; }

    /// <summary>The extents of one row of an input (the batch axis left out), by the input's name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> RowShapes
    {
        get => _rowShapes;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(RowShapes));
            foreach (var (name, extents) in value)
                if (extents.Any(e => e < 1))
                    throw new ArgumentOutOfRangeException(nameof(RowShapes), $"[{string.Join(", ", extents)}]",
                        $"The extents of a row of '{name}' must be at least 1.");
            _rowShapes = value;
        }
    }

    /// <summary>
    /// Whether <see cref="RowShapes"/> and <see cref="Dimensions"/> may name other extents than the file fixes. Right for a network that
    /// slides over its input and pools what it finds, such as one of convolutions alone, which then takes a part of what it was trained on;
    /// others fail where extents no longer fit, some only when they are run. Of Keras and TensorFlow, read them with channels first.
    /// </summary>
    public bool ReplacesExtents { get; init; }

    /// <summary>
    /// The axis of the classes of outputs that have several axes behind the batch; counted from the end where it is negative. Null for that
    /// of a final softmax or ArgMax, or of a convolution's channels; outputs of [N, positions, classes] without these need it.
    /// </summary>
    public int? ClassAxis { get; init; }

    /// <summary>
    /// Values for inputs that are no rows of data (a sampling rate, a state, a mask that is always the same), which they then are no more:
    /// by the input's name, of its shape, or one number for all its elements. Numbers are converted to the input's type.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Constants
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Constants));
    } = new Dictionary<string, Tensor>();

    /// <summary>A model with the inputs of <see cref="Constants"/> made constant: it has them no more.</summary>
    /// <exception cref="ArgumentException">There is no such input, or a value does not fit it.</exception>
    public OnnxModel WithConstants(OnnxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return InputShapes.WithConstants(model, this);
    }

    /// <summary>
    /// The most bytes of a tensor for a single row (1 GiB): a file of unknown origin can ask for any amount of memory by a number in it,
    /// and a network with larger tensors is refused. What a tensor's extents are before a run must be known for that.
    /// </summary>
    public long LargestTensor
    {
        get;
        init => field = value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(LargestTensor), value, "The largest tensor must have at least one byte.");
    } = 1L << 30;

    /// <summary>
    /// The most nodes of a network, with those of its functions, branches and loops (20,000; one of more than 32 outputs counts as their
    /// square over 1,024); one with more is refused. Reading and differentiating so many takes seconds, and the time grows faster than
    /// their number.
    /// </summary>
    public int MostNodes
    {
        get;
        init => field = value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(MostNodes), value, "A network must be allowed at least one node.");
    } = 20_000;

    /// <summary>
    /// Whether a softmax, log-softmax or sigmoid at the very end stays part of the function. By default it is dropped, so
    /// that logits are explained: gradients of probabilities fade where the network is sure (Simonyan et al. 2013).
    /// </summary>
    public bool KeepFinalActivation { get; init; }
}
