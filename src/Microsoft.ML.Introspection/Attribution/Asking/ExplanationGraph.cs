using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What an output of an explanation is.</summary>
public enum PortKind
{
    /// <summary>What was asked for: an attribution, or another reading.</summary>
    Attribution,

    /// <summary>The score that the attributions of a row start from.</summary>
    BaseValue,

    /// <summary>What the attributions of a row sum to less what they should.</summary>
    Gap,

    /// <summary>The explained class.</summary>
    Target,

    /// <summary>The explained score.</summary>
    Score,

    /// <summary>An output of the network, passed through.</summary>
    Output,
}

/// <summary>An output of an explanation.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Index">Its place among the model's outputs.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Ask">The name of the (first) ask that it answers; null for an output of the network.</param>
/// <param name="Of">The input or layer that it says something of, or the part of a reading; null for all that was asked of.</param>
public sealed record Port(string Name, int Index, PortKind Kind, string? Ask = null, string? Of = null);

/// <summary>A network and explanations of it in one model: one session, one forward pass.</summary>
/// <param name="Model">The model, for any ONNX Runtime.</param>
/// <param name="Ports">Its outputs, in their order: who wants one asks for its port.</param>
public sealed record ExplanationGraph(OnnxModel Model, IReadOnlyList<Port> Ports)
{
    /// <summary>An output by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public Port this[string name] => Ports.FirstOrDefault(p => p.Name == name) ?? throw new ArgumentException(
        $"The explanation has no output '{name}'; it has {string.Join(", ", Ports.Select(p => $"'{p.Name}'"))}.", nameof(name));

    /// <summary>The outputs of a kind that answer an ask.</summary>
    /// <param name="ask">The ask's name.</param>
    /// <param name="kind">What is wanted of it.</param>
    public IEnumerable<Port> Of(string ask, PortKind kind = PortKind.Attribution) => Ports.Where(p => p.Ask == ask && p.Kind == kind);
}
