using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What gradients do at units that are silent, whose own slope is zero.</summary>
public enum SilentUnits
{
    /// <summary>None passes.</summary>
    Plain,

    /// <summary>
    /// Where of an image nothing at all would pass a ReLU, that passes which would make its units speak: all but what pushes silent ones
    /// further down (lucid).
    /// </summary>
    Redirected,

    /// <summary>All pass every ReLU.</summary>
    Open,
}

/// <summary>How images are found that make an objective large.</summary>
public sealed record MaximizationOptions
{
    /// <summary>What is optimised.</summary>
    public Parametrisation Parametrisation { get; init => field = value ?? throw new ArgumentNullException(nameof(Parametrisation)); } =
        new Fourier();

    /// <summary>What is done to the image before the network sees it, in order.</summary>
    public IReadOnlyList<Transformation> Transformations
    {
        get;
        init => field = value?.All(t => t is not null) == true ? [.. value] : throw new ArgumentNullException(nameof(Transformations));
    } = [];

    /// <summary>
    /// How often the image is transformed at each step, otherwise each time: objective and gradient are the means over these views.
    /// </summary>
    public int Views
    {
        get;
        init => field = value is >= 1 and <= 1024 ? value
            : throw new ArgumentOutOfRangeException(nameof(Views), value, "Between 1 and 1024 views were expected.");
    } = 1;

    /// <summary>
    /// Whether an image larger than the network takes is looked at in tiles that cover it, not in its middle alone; objective and gradient
    /// are the means over these.
    /// </summary>
    public bool IsTiled { get; init; }

    /// <summary>How the gradient by the image is blurred before it goes on; null for not at all.</summary>
    public GradientBlur? GradientBlur { get; init; }

    /// <summary>How parameters follow the gradient.</summary>
    public Optimizer Optimizer { get; init => field = value ?? throw new ArgumentNullException(nameof(Optimizer)); } = new Adam();

    /// <summary>The input whose images are found; null for the only one of floating-point numbers.</summary>
    public string? Input { get; init; }

    /// <summary>What is subtracted from images before the network, for each channel or for all; null for nothing.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>What they are divided by then; null for nothing.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>What gradients do at silent units during the first steps.</summary>
    public SilentUnits SilentUnits
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(SilentUnits), value, "There is no such rule for silent units.");
    }

    /// <summary>How many steps are the first ones to that.</summary>
    public int WarmUpSteps
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(WarmUpSteps), value, "A number of steps of at least 0 was expected.");
    } = 16;

    /// <summary>Whether the parameters to begin with are given by an input of the graph, <c>start</c>, and not drawn.</summary>
    public bool StartIsGiven { get; init; }

    /// <summary>
    /// How many steps lie between images that are kept on the way, output <c>frames</c>; the number of steps must be a multiple. 0 for
    /// none.
    /// </summary>
    public int FrameEvery
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(FrameEvery), value, "A number of steps of at least 0 was expected.");
    }

    /// <summary>The extents of the image where they are not the network's, channels first; null for the network's.</summary>
    public IReadOnlyList<long>? ImageShape { get; init; }
}
