using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Text;

/// <summary>What an input of a network of texts holds.</summary>
internal enum TextInput
{
    /// <summary>The numbers of the tokens.</summary>
    Ids,

    /// <summary>1 for tokens, 0 for padding.</summary>
    Mask,

    /// <summary>Which part of the input a token belongs to.</summary>
    TypeIds,

    /// <summary>The place of a token: 0, 1, 2, ….</summary>
    Positions,
}

/// <summary>The inputs of a network that hold a text, known by their names.</summary>
internal sealed class TextInputs
{
    private readonly IReadOnlyList<TensorInfo> _inputs;
    private readonly IReadOnlyList<TensorInfo> _all;
    private readonly Dictionary<string, TextInput> _kinds;

    /// <summary>Looks at inputs.</summary>
    /// <param name="inputs">Those that shall hold a text.</param>
    /// <param name="all">All that the network has, for messages.</param>
    /// <exception cref="ArgumentException">They are not those of a network of texts.</exception>
    public TextInputs(IReadOnlyList<TensorInfo> inputs, IReadOnlyList<TensorInfo> all)
    {
        (_inputs, _all) = (inputs, all);
        _kinds = inputs.ToDictionary(i => i.Name, KindOf);
        if (_kinds.GroupBy(i => i.Value).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Unfit($"{string.Join(" and ", twice.Select(i => $"'{i.Key}'"))} would both hold {Named(twice.Key)}");
        if (!_kinds.ContainsValue(TextInput.Ids))
            throw Unfit("none is known to hold the numbers of the tokens");
        Ids = _kinds.First(i => i.Value == TextInput.Ids).Key;
        foreach (var input in inputs)
        {
            if (input.Shape is { Rank: not 2 })
                throw Unfit($"'{input.Name}' has {input.Shape.Rank} axes; two were expected, the batch and the tokens");
            if (input.Shape is { } shape && shape[1].IsKnown)
                FixedLength = FixedLength is null || FixedLength == shape[1].Value ? (int)shape[1].Value
                    : throw Unfit("their lengths differ");
            if (input.Shape is { } rows && rows[0].IsKnown)
                FixedBatch = (int)rows[0].Value;
        }
    }

    /// <summary>The input of the tokens' numbers.</summary>
    public string Ids { get; }

    /// <summary>How many tokens the file fixes; null where it leaves that open.</summary>
    public int? FixedLength { get; }

    /// <summary>How many rows the file fixes; null where it leaves that open.</summary>
    public int? FixedBatch { get; }

    /// <summary>The extents of a row of each, for texts of a length.</summary>
    public IEnumerable<KeyValuePair<string, IReadOnlyList<long>>> RowShapes(int length) =>
        _inputs.Select(input => KeyValuePair.Create(input.Name, (IReadOnlyList<long>)[length]));

    /// <summary>The tensors that a batch of texts is, by input.</summary>
    public Dictionary<string, Tensor> Feed(TokenBatch batch) => _inputs.ToDictionary(input => input.Name, input =>
    {
        long[] shape = [batch.Texts.Count, batch.Length];
        var numbers = Numbers(batch, _kinds[input.Name]);
        return input.Type == ElementType.Int64 ? Tensor.From(numbers, shape)
            : input.Type == ElementType.Int32 ? Tensor.From(Array.ConvertAll(numbers, n => (int)n), shape)
            : input.Type.IsFloating() ? Tensor.FromDoubles(input.Type, Array.ConvertAll(numbers, n => (double)n), shape)
            : throw Unfit($"'{input.Name}' holds {input.Type}; 32- or 64-bit integers, or floating-point numbers were expected");
    });

    /// <summary>The rows that a batch of texts is to what takes all inputs side by side.</summary>
    public float[] Rows(TokenBatch batch)
    {
        var parts = _inputs.Select(i => Numbers(batch, _kinds[i.Name])).ToList();
        var rows = new float[batch.Texts.Count * parts.Count * batch.Length];
        for (var row = 0; row < batch.Texts.Count; row++)
            for (var number = 0; number < parts.Count; number++)
                for (var i = 0; i < batch.Length; i++)
                    rows[(row * parts.Count + number) * batch.Length + i] = parts[number][row * batch.Length + i];
        return rows;
    }

    /// <summary>Makes something of a network for texts of a length; where that is too long for it, the user is told so.</summary>
    public T Tried<T>(int length, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (InvalidModelException e) when (FixedLength is null)
        {
            throw new ArgumentException($"The network does not take texts of {length} tokens; as a rule it knows fewer places. Cut them: "
                + "give the length that it was trained with (--length, "
                + $"{nameof(TextExplainerOptions)}.{nameof(TextExplainerOptions.Length)}). {e.Message}", e);
        }
    }

    private static long[] Numbers(TokenBatch batch, TextInput kind) => kind switch
    {
        TextInput.Ids => batch.Ids,
        TextInput.Mask => batch.Mask,
        TextInput.TypeIds => batch.TypeIds,
        _ => [.. Enumerable.Range(0, batch.Ids.Length).Select(i => (long)(i % batch.Length))],
    };

    private TextInput KindOf(TensorInfo input)
    {
        var name = input.Name.ToLowerInvariant();
        return name.Contains("mask") ? TextInput.Mask
            : name.Contains("type") || name.Contains("segment") ? TextInput.TypeIds
            : name.Contains("position") ? TextInput.Positions
            : name.Contains("id") || name.Contains("token") || name.Contains("word") || name.Contains("text")
                || _inputs.Count(i => !i.Type.IsFloating()) == 1 && !input.Type.IsFloating() ? TextInput.Ids
            : throw Unfit($"what '{input.Name}' holds is not known");
    }

    private static string Named(TextInput kind) => kind switch
    {
        TextInput.Ids => "the numbers of the tokens",
        TextInput.Mask => "the mask",
        TextInput.TypeIds => "the types of the tokens",
        _ => "the places of the tokens",
    };

    private ArgumentException Unfit(string why) => new(
        $"The network takes {string.Join(", ", _all.Select(i => i.ToString()))}; {why}. A network of texts takes input_ids, and "
            + "may take attention_mask, token_type_ids and position_ids. Others can be made constant "
            + "(NetworkOptions.Constants, --constant).");
}
