using System.Globalization;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What an input is compared with: the values that stand for "nothing there".</summary>
public abstract partial record Baseline
{
    private Baseline() { }

    /// <summary>Zeros.</summary>
    public static Baseline Zero { get; } = new ConstantBaseline(0);

    /// <summary>One number everywhere.</summary>
    public static Baseline Constant(double value) => double.IsFinite(value)
        ? new ConstantBaseline(value)
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A baseline must be a finite number.");

    /// <summary>Given values, the same for every row.</summary>
    /// <param name="values">
    /// Of the shape of a row of the input; with one axis more in front, several baselines to average over.
    /// </param>
    public static Baseline Given(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.ToDouble().All(double.IsFinite)
            ? new GivenBaseline(values)
            : throw new ArgumentException("The baseline holds numbers that are not finite.", nameof(values));
    }

    /// <summary>
    /// The input itself, blurred by a Gaussian along every axis but the channels'; at the borders the kernel is cut off and
    /// weighted anew, so that a constant stays what it is.
    /// </summary>
    /// <param name="sigma">The Gaussian's standard deviation in elements.</param>
    public static Baseline Blurred(double sigma) => double.IsFinite(sigma) && sigma > 0
        ? new BlurredBaseline(sigma)
        : throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "The standard deviation of a blur must be a positive number.");

    /// <summary>
    /// The embedding of a token, such as padding's, in the place of every token's: for what is attributed to the embedding of an input of
    /// token numbers.
    /// </summary>
    /// <param name="id">The number of the token.</param>
    public static Baseline Token(long id) => id >= 0
        ? new TokenBaseline(id)
        : throw new ArgumentOutOfRangeException(nameof(id), id, "The number of a token is not negative.");

    /// <summary>The smallest number of the row itself, everywhere.</summary>
    public static Baseline RowMinimum { get; } = new RowBaseline("row-min");

    /// <summary>The largest number of the row itself, everywhere.</summary>
    public static Baseline RowMaximum { get; } = new RowBaseline("row-max");

    /// <summary>The mean of the row itself, everywhere.</summary>
    public static Baseline RowMean { get; } = new RowBaseline("row-mean");

    /// <summary>The mean of each of the row's own channels, everywhere in it.</summary>
    public static Baseline ChannelMean { get; } = new RowBaseline("channel-mean");

    /// <summary>Several baselines; attributions are averaged over them.</summary>
    public static Baseline Several(params IReadOnlyList<Baseline> baselines)
    {
        ArgumentNullException.ThrowIfNull(baselines);
        return baselines switch
        {
            [] => throw new ArgumentException("At least one baseline is needed.", nameof(baselines)),
            [var only] => only,
            _ => new SeveralBaselines(baselines),
        };
    }

    /// <summary>A baseline for each of several inputs that are attributed to jointly, in their order.</summary>
    /// <param name="baselines">One for each input; each gives as many rows as the others, or one.</param>
    public static Baseline OfEach(params IReadOnlyList<Baseline> baselines)
    {
        ArgumentNullException.ThrowIfNull(baselines);
        return new BaselineOfEach([.. baselines]);
    }

    /// <summary>
    /// Reads <c>zero</c>, a number, <c>blur:SIGMA</c>, <c>row-min</c>, <c>row-max</c>, <c>row-mean</c>, <c>channel-mean</c>,
    /// <c>token:ID</c>, or the name of a <c>.npy</c> file; several with commas between them are averaged over. <c>input:</c> before one of
    /// these takes it at the network's input (<see cref="AtInput"/>). With <c>|</c> between them there is one for each of several inputs:
    /// <c>zero|token:0</c>.
    /// </summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Baseline Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('|');
        return parts.Length > 1 ? OfEach([.. parts.Select(part => Parse(part.Trim()))]) : Several([.. text.Split(',').Select(ParseOne)]);
    }

    /// <summary>The baselines for an input.</summary>
    /// <param name="input">Shape [N, …].</param>
    /// <returns>Shape [B, 1 or N, …], of one rank more than the input, B baselines; broadcasts to [B, N, …].</returns>
    /// <exception cref="ArgumentException">The baseline does not fit the input.</exception>
    public Value Of(Value input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Of(new Place(input, 1, input));
    }

    private Value Of(Place place)
    {
        var (input, all) = (place.Value, All(place).ToList());
        return all.Count == 1 ? all[0].Unsqueeze(0)
            : all.TrueForAll(b => b.Constant is not null) ? Table(all, input)
            : Operators.Concat(0, [.. all.Select(b => b.ExpandLike(input).Unsqueeze(0))]);
    }

    /// <summary>The baselines for what a question attributes to; for several inputs side by side those of each, flattened.</summary>
    /// <inheritdoc cref="Of(Value)" path="/*[self::returns or self::exception]"/>
    public Value Of(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return this is EntranceBaseline entrance ? entrance.At(question) : OfPlaces(question);
    }

    private Value OfPlaces(Question question)
    {
        var (channels, definitions) = (question.Channels, question.Definitions);
        return definitions is [var only] ? Of(new Place(question.Input, channels[0], only))
            : question.Once("baseline", this, () => SideBySide(question.Input,
                [.. question.Parts.Select((part, i) => new Place(part, channels[i], definitions[i]))]));
    }

    /// <summary>f(x) − f(x′), averaged over the baselines x′: shape [N, 1].</summary>
    internal Value Change(Question question) => question.Once("change", this, () =>
        question.Score - question.Average(question.Baselines(this), baseline => question.At(baseline, at => at.Score)));

    // Of the inputs that lie side by side in another, [N, elements].
    private protected virtual Value SideBySide(Value input, IReadOnlyList<Place> places) => Beside(places, places.Select(Of));

    private static Value Beside(IReadOnlyList<Place> parts, IEnumerable<Value> baselines)
    {
        var flat = parts.Zip(baselines, (part, all) => (Part: part.Value, All: all)).ToList();
        var (count, perRow) = (flat.Max(f => f.All.Shape[0].Value), flat.Exists(f => f.All.Shape[1] != 1));
        return Operators.Concat(2, [.. flat.Select(f =>
        {
            if (f.All.Shape[0] != count && f.All.Shape[0] != 1)
                throw new ArgumentException(
                    $"The inputs have different numbers of baselines: {string.Join(", ", flat.Select(o => o.All.Shape[0]))}. " +
                    "Give each as many, or one.");
            long[] row = [.. f.Part.Shape.Skip(1).Select(d => d.Value)];
            var all = Operators.Emit("Expand", f.All, f.All.Graph.Constant([count, 1, .. row]));
            return (perRow ? all.ExpandLike(f.Part.Unsqueeze(0)) : all).Reshape([count, -1, row.Aggregate(1L, (p, d) => p * d)]);
        })]);
    }

    // Constants side by side are one constant, however many they are: [B, 1, row…].
    private static Value Table(List<Value> rows, Value input)
    {
        long[] extents = [.. input.Shape.Skip(1).Select(d => d.Value)];
        var size = (int)extents.Aggregate(1L, (p, d) => p * d);
        var table = new double[checked(rows.Count * size)];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i].Constant!.ToDouble();
            if (row.Length == 1)
                table.AsSpan(i * size, size).Fill(row[0]);
            else
                row.CopyTo(table, i * size);
        }
        return input.Graph.Constant(Tensor.FromDoubles(input.Type, table, [rows.Count, 1, .. extents]));
    }

    // Each of the rank of the input and broadcasting to it.
    private protected abstract IEnumerable<Value> All(Place place);

    /// <summary>Where a baseline is taken.</summary>
    /// <param name="Value">What it stands beside, [N, …].</param>
    /// <param name="Channels">Which axis has the channels.</param>
    /// <param name="Defined">The same in the network's own graph, whatever stands in its place now.</param>
    private protected readonly record struct Place(Value Value, int Channels, Value Defined);

    private static Baseline ParseOne(string text)
    {
        if (text.Equals("zero", StringComparison.OrdinalIgnoreCase))
            return Zero;
        if (Number(text) is { } value)
            return Constant(value);
        if (text.StartsWith("blur:", StringComparison.OrdinalIgnoreCase) && Number(text[5..]) is { } sigma)
            return Blurred(sigma);
        if (text.ToLowerInvariant() is "row-min" or "row-max" or "row-mean" or "channel-mean")
            return new RowBaseline(text.ToLowerInvariant());
        if (text.StartsWith("token:", StringComparison.OrdinalIgnoreCase)
            && long.TryParse(text.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var token))
            return Token(token);
        if (text.StartsWith("input:", StringComparison.OrdinalIgnoreCase))
            return AtInput(ParseOne(text[6..]));
        if (!text.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            throw new FormatException(
                $"'{text}' is no baseline; expected zero, a number, blur:SIGMA, row-min, row-max, row-mean, channel-mean, "
                    + "token:ID, input: and one of these, or a .npy file of the "
                    + "shape of a row.");
        var array = NpyArray.Load(text);
        return Given(Tensor.From(array.ToDoubles(), [.. array.Shape.Select(d => (long)d)]));
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed record ConstantBaseline(double Value) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place) =>
            [place.Value.Graph.Constant(Tensor.Filled(place.Value.Type, Value, [.. Enumerable.Repeat(1L, place.Value.Rank)]))];

        public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
    }

    private sealed record GivenBaseline(Tensor Values) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place)
        {
            var input = place.Value;
            var row = input.Shape.Skip(1).ToList();
            var size = (int)row.Aggregate(1L, (p, d) => p * d.Value);
            long[] extents = [1, .. row.Select(d => d.Value)];
            var added = Values.Dimensions.Length - row.Count;
            if (added is not (0 or 1) || !Values.Dimensions[added..].SequenceEqual(extents.AsSpan(1)) || Values.Count == 0)
                throw new ArgumentException($"The baseline has the shape {Values.Shape}; a row of '{input.Name}' has {new Shape(row)}. "
                    + "Expected that shape, or several such rows.");
            var elements = Values.ToDouble();
            for (var start = 0; start < elements.Length; start += size)
                yield return input.Graph.Constant(Tensor.FromDoubles(input.Type, elements[start..(start + size)], extents));
        }

        // The rows may be given as they lie side by side.
        private protected override Value SideBySide(Value input, IReadOnlyList<Place> places) =>
            Values.Dimensions.Length <= 2 && Values.Dimensions[^1] == input.Shape[1] ? Of(input) : base.SideBySide(input, places);

        public override string ToString() => $"given {Values.Shape}";
    }

    private sealed record BlurredBaseline(double Sigma) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place)
        {
            var (input, channels) = (place.Value, place.Channels);
            if (input.Rank < 3)
                throw new ArgumentException($"A blurred baseline needs an input of shape [N, channels, …]; '{input.Name}' has "
                    + $"{input.Shape}. Choose another baseline.");
            var blurred = input;
            for (var axis = 1; axis < input.Rank; axis++)
                if (axis != channels)
                    blurred = blurred.Along(axis, Kernel(input.Shape[axis].Value, input.Type));
            return [blurred];
        }

        // Symmetric but for the weighting of its columns: column j holds what every element gives to the blurred element j.
        private Tensor Kernel(long extent, ElementType type)
        {
            var kernel = new double[extent * extent];
            for (var j = 0; j < extent; j++)
            {
                var sum = 0.0;
                for (var i = 0; i < extent; i++)
                    sum += kernel[i * extent + j] = Math.Exp(-(i - j) * (i - j) / (2 * Sigma * Sigma));
                for (var i = 0; i < extent; i++)
                    kernel[i * extent + j] /= sum;
            }
            return Tensor.FromDoubles(type, kernel, extent, extent);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"blur:{Sigma}");
    }

    private sealed record RowBaseline(string Name) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place)
        {
            var input = place.Value;
            long[] axes = [.. Enumerable.Range(1, input.Rank - 1)
                .Where(a => Name != "channel-mean" || input.Rank < 3 || a != place.Channels)
                .Select(a => (long)a)];
            var number = Name == "row-min" ? input.ReduceMin(axes) : Name == "row-max" ? input.ReduceMax(axes) : input.ReduceMean(axes);
            return [number.ExpandLike(input)];
        }

        public override string ToString() => Name;
    }

    private sealed record TokenBaseline(long Id) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place)
        {
            var input = place.Value;
            // Where something else stands in the place of the embedding, its table is known from the network.
            var table = Table(input) ?? Table(place.Defined)
                ?? throw new ArgumentException($"'{place.Defined.Name}' is no embedding of tokens, rows gathered from a table, for which "
                    + $"alone the baseline {this} is known. Choose another baseline.");
            if (table.ShapeOrNull is not { Rank: 2 } shape || shape[0].IsKnown && Id >= shape[0].Value)
                throw new ArgumentException(
                    $"The table of the embedding '{place.Defined.Name}' has the shape {table.ShapeOrNull}: no row for the token {Id}.");
            var extents = Enumerable.Repeat(1L, input.Rank - 1).ToArray();
            if (table.Graph == input.Graph)
                return [table.Gather(input.Graph.Constant(Tensor.From([Id], extents)))];
            var trained = table.Constant ?? throw new ArgumentException($"The table of the embedding '{place.Defined.Name}' is computed, "
                + $"and its row for the token {Id} not known beforehand. Choose another baseline.");
            var width = (int)shape[1].Value;
            var row = trained.Type == ElementType.Float
                ? Array.ConvertAll(trained.As<float>().Slice((int)Id * width, width).ToArray(), number => (double)number)
                : trained.ToDouble().AsSpan((int)Id * width, width).ToArray();
            return [input.Graph.Constant(Tensor.FromDoubles(input.Type, row, [.. extents, width]))];
        }

        private static Value? Table(Value embedding) => embedding.Producer switch
        {
            { OperatorType: "Gather" } node when node.Attributes.Int("axis") == 0 => node.Inputs[0]!,
            { OperatorType: "MatMul" or "Gemm" } node when node.Inputs[0]!.Producer?.OperatorType == "OneHot" => node.Inputs[1]!,
            _ => null,
        };

        public override string ToString() => $"token:{Id}";
    }

    private sealed record SeveralBaselines(IReadOnlyList<Baseline> Parts) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place) => Parts.SelectMany(p => p.All(place));

        public bool Equals(SeveralBaselines? other) => other is not null && Parts.SequenceEqual(other.Parts);

        public override int GetHashCode() => Parts.Aggregate(0, HashCode.Combine);

        public override string ToString() => string.Join(',', Parts);
    }

    private sealed record BaselineOfEach(IReadOnlyList<Baseline> Parts) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place) =>
            throw new ArgumentException(
                $"Baselines for {Parts.Count} inputs were given where one input is attributed to. Ask for all of them jointly.");

        private protected override Value SideBySide(Value input, IReadOnlyList<Place> places) =>
            places.Count == Parts.Count ? Beside(places, places.Zip(Parts, (place, baseline) => baseline.Of(place)))
            : throw new ArgumentException($"Baselines for {Parts.Count} inputs were given where {places.Count} are attributed to.");

        public bool Equals(BaselineOfEach? other) => other is not null && Parts.SequenceEqual(other.Parts);

        public override int GetHashCode() => Parts.Aggregate(1, HashCode.Combine);

        public override string ToString() => $"({string.Join(" | ", Parts)})";
    }
}
