using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>The options of saliency columns.</summary>
public sealed record SaliencyOptions : AttributionOptions
{
    private readonly SaliencyForm _form = SaliencyForm.Signed;

    /// <summary>
    /// What is kept of the gradient: its signed value (the default) or its absolute value, both with the input's dimensions, or
    /// its largest absolute value over the channels (axis 1 of [N, channels, …]), whose dimension becomes 1.
    /// </summary>
    public SaliencyForm Form
    {
        get => _form;
        init => _form = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Form), value, "There is no such form of saliency.");
    }
}
