using System.Globalization;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

public abstract partial record Target
{
    /// <summary>One unit inside the network.</summary>
    /// <param name="layer">The layer, or the name of the tensor it makes, shape [N, …].</param>
    /// <param name="index">The unit's place in a row: one number for each axis but the first.</param>
    public static Target Unit(string layer, params ReadOnlySpan<int> index)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        if (index.IsEmpty)
            throw new ArgumentException($"Which unit of '{layer}'? A number for each axis but the first is needed.", nameof(index));
        foreach (var i in index)
            ArgumentOutOfRangeException.ThrowIfNegative(i, nameof(index));
        return new UnitTarget(layer, index.ToArray());
    }

    /// <summary>One channel inside the network, summed over space.</summary>
    /// <param name="layer">The layer, or the name of the tensor it makes, shape [N, channels, …].</param>
    /// <param name="channel">The channel, from 0.</param>
    public static Target Channel(string layer, int channel)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        return new ChannelTarget(layer, channel);
    }

    /// <summary>All units of a layer inside the network, summed.</summary>
    /// <param name="layer">The layer, or the name of the tensor it makes, shape [N, …].</param>
    public static Target Layer(string layer)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        return new LayerTarget(layer);
    }

    /// <summary>
    /// One unit inside the network, row by row: one graph serves all units of a layer, and all positions in it. A further input of 64-bit
    /// integers, of shape [N, 1], tells the unit's number in a row of the layer, last axis fastest.
    /// </summary>
    /// <param name="layer">The layer, or the name of the tensor it makes, shape [N, …].</param>
    /// <param name="inputName">The name of that input.</param>
    public static Target UnitInput(string layer, string inputName)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        ArgumentException.ThrowIfNullOrEmpty(inputName);
        return new NumberedTarget(layer, inputName, IsChannel: false);
    }

    /// <summary>
    /// One channel inside the network, summed over space, row by row: one graph serves all channels of a layer. A further input of 64-bit
    /// integers, of shape [N, 1], tells the channel.
    /// </summary>
    /// <param name="layer">The layer, or the name of the tensor it makes, shape [N, channels, …].</param>
    /// <param name="inputName">The name of that input.</param>
    public static Target ChannelInput(string layer, string inputName)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        ArgumentException.ThrowIfNullOrEmpty(inputName);
        return new NumberedTarget(layer, inputName, IsChannel: true);
    }

    /// <summary>
    /// The units of a layer, each times the weight that a row of an input gives it, summed: directions, masks over channels and positions.
    /// A further input of shape [N, elements of the layer's row], last axis fastest, of the layer's type.
    /// </summary>
    /// <param name="layer">The layer, or the name of the tensor it makes, shape [N, …].</param>
    /// <param name="inputName">The name of that input.</param>
    public static Target LayerWeights(string layer, string inputName)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        ArgumentException.ThrowIfNullOrEmpty(inputName);
        return new WeightsTarget(layer, inputName);
    }

    // unit:LAYER:INDEX,INDEX…, channel:LAYER:INDEX, layer:LAYER. Names of layers may hold colons; numbers do not.
    private static Target? ParseInner(string text)
    {
        var (kind, rest) = text.IndexOf(':') is > 0 and var colon ? (text[..colon].ToLowerInvariant(), text[(colon + 1)..]) : ("", "");
        if (kind == "layer" && rest.Length > 0)
            return Layer(rest);
        if (kind is "unit" or "channel" or "weights" && $":{rest}".Split(GivenBy, 2) is [var layer, { Length: > 0 } input])
            return (kind, layer.TrimStart(':')) switch
            {
                ("weights", "") => Weights(input),
                (_, "") => null,
                ("weights", var of) => LayerWeights(of, input),
                ("unit", var of) => UnitInput(of, input),
                (_, var of) => ChannelInput(of, input),
            };
        if (kind is not ("unit" or "channel") || rest.LastIndexOf(':') is not (> 0 and var last))
            return null;
        int[] index =
            [.. rest[(last + 1)..].Split(',')
                .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1)];
        return index.Contains(-1) ? null
            : kind == "unit" ? Unit(rest[..last], index)
            : index is [var channel] ? Channel(rest[..last], channel)
            : null;
    }

    // What is told row by row, by an input of the name that follows.
    private const string GivenBy = ":@";

    /// <summary>
    /// A target inside the network. Its table has the one column that is explained; its class is the number of the unit or
    /// channel along the first axis behind the batch, 0 for a whole layer.
    /// </summary>
    private abstract record InnerTarget(string Name, int Number) : Target
    {
        public sealed override string InnerLayer => Name;

        internal sealed override Value Table(NetworkTrace trace, string? output) =>
            Explained(Units(trace, Name), Channels(trace, Name));

        internal sealed override Value Choose(Value scores, Value? given) => scores.FullIntegersLike(Number);

        internal sealed override Value Score(Value scores, Value choice) => scores;

        protected abstract Value Explained(Value tensor, int channels);
    }

    private sealed record UnitTarget(string Name, int[] Index) : InnerTarget(Name, Index[0])
    {
        protected override Value Explained(Value tensor, int channels)
        {
            long[] row = [.. tensor.Shape.Skip(1).Select(d => d.Value)];
            if (Index.Length != row.Length || Index.Zip(row).Any(i => i.First >= i.Second))
                throw new ArgumentOutOfRangeException(nameof(Index), Place,
                    $"The layer '{Name}' has rows of shape [{string.Join(", ", row)}]; there is no unit [{Place}] in them.");
            var from = Array.ConvertAll(Index, i => (long)i);
            return tensor
                .Slice(from, Array.ConvertAll(from, i => i + 1), [.. Enumerable.Range(1, row.Length).Select(i => (long)i)])
                .Reshape(-1, 1);
        }

        private string Place => string.Join(',', Index);

        public bool Equals(UnitTarget? other) => other is not null && Name == other.Name && Index.AsSpan().SequenceEqual(other.Index);

        public override int GetHashCode() => HashCode.Combine(Name, Place);

        public override string ToString() => $"unit:{Name}:{Place}";
    }

    private sealed record ChannelTarget(string Name, int Number) : InnerTarget(Name, Number)
    {
        protected override Value Explained(Value tensor, int channels)
        {
            if (tensor.Rank < 2 || tensor.Shape[channels].IsKnown && Number >= tensor.Shape[channels].Value)
                throw new ArgumentOutOfRangeException(nameof(Number), Number,
                    $"The layer '{Name}' has the shape {tensor.Shape}; there is no channel {Number} in it.");
            return Target.Column(ScoreTable.Of(tensor, channels), Number);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"channel:{Name}:{Number}");
    }

    private sealed record LayerTarget(string Name) : InnerTarget(Name, 0)
    {
        protected override Value Explained(Value tensor, int channels) =>
            tensor.Rank == 1 ? tensor.Unsqueeze(1) : AsRows(tensor).ReduceSum([1]);

        public override string ToString() => $"layer:{Name}";
    }

    private sealed record NumberedTarget(string Name, string Input, bool IsChannel) : Target
    {
        public override string InnerLayer => Name;

        public override string InputName => Input;

        internal override Value Table(NetworkTrace trace, string? output) =>
            IsChannel ? ScoreTable.Of(Units(trace, Name), Channels(trace, Name)) : AsRows(Units(trace, Name));

        internal override Value Choose(Value scores, Value? given) => NotNegative(given!, scores.Shape[1]);

        public override string ToString() => $"{(IsChannel ? "channel" : "unit")}:{Name}{GivenBy}{Input}";
    }

    private sealed record WeightsTarget(string? Name, string Input) : Target
    {
        public override string? InnerLayer => Name;

        public override string InputName => Input;

        public override bool InputIsWeights => true;

        internal override Value Table(NetworkTrace trace, string? output) =>
            Name is null ? base.Table(trace, output) : AsRows(Units(trace, Name));

        internal override Value Choose(Value scores, Value? given) => given!;

        internal override Value Score(Value scores, Value choice) => (scores * choice).ReduceSum([1]);

        internal override Value ClassOf(Value choice) => choice.ArgMax(1, keepDimensions: true);

        private protected override (ElementType Type, Dimension Extent) GivenOf(Network network, string? output)
        {
            if (Name is not null)
            {
                var units = network.Definition(network.TensorOf(Name));
                return (units.Type, units.Shape.Skip(1).Aggregate((Dimension)1, (size, d) => size * d));
            }
            var explained = output ?? network.DefaultOutput;
            var scored = network.OutputDefinition(explained);
            return (scored.Type, scored.Rank == 1 ? 1 : scored.Shape[Axes.Classes(network, explained)]);
        }

        public override string ToString() => $"weights{(Name is null ? "" : $":{Name}")}{GivenBy}{Input}";
    }

    private static Value Units(NetworkTrace trace, string layer)
    {
        var units = trace.Layer(layer);
        return units.Type.IsFloating() && units.ShapeOrNull is { Rank: > 0 } ? units
            : throw new ArgumentException($"The layer '{layer}' makes {units}; a target needs floating-point numbers of shape [N, …].");
    }

    private static int Channels(NetworkTrace trace, string layer) =>
        Axes.Channels(trace.Network.Definition(trace.Network.TensorOf(layer)));

    // [N, …] → [N, elements of a row]
    private static Value AsRows(Value units) =>
        units.Rank == 1 ? units.Unsqueeze(1) : units.Reshape(-1, units.Shape.Skip(1).Aggregate(1L, (p, d) => p * d.Value));
}
