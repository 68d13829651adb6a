using System.Collections.Concurrent;
using Microsoft.ML.Introspection.Models;
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

/// <summary>A network that takes tokens, with the tokenizer that it was trained with.</summary>
/// <remarks>
/// The inputs are known by their names (<c>input_ids</c>, <c>attention_mask</c>, <c>token_type_ids</c>, <c>position_ids</c>, or what is
/// like them), a single input of whole numbers by being the only one; their shape is [N, tokens]. How many tokens there are may be open.
/// </remarks>
public sealed class TextNetwork
{
    private readonly OnnxModel _model;
    private readonly NetworkOptions _options;
    private readonly Dictionary<string, TextInput> _inputs;
    private readonly ConcurrentDictionary<int, Lazy<Network>> _networks = new();

    private TextNetwork(OnnxModel model, TextTokenizer tokenizer, NetworkOptions options)
    {
        (_model, Tokenizer, _options) = (model, tokenizer, options);
        _inputs = model.Inputs.ToDictionary(i => i.Name, i => KindOf(i, model.Inputs));
        if (_inputs.GroupBy(i => i.Value).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Unfit($"{string.Join(" and ", twice.Select(i => $"'{i.Key}'"))} would both hold {Named(twice.Key)}");
        if (!_inputs.ContainsValue(TextInput.Ids))
            throw Unfit("none is known to hold the numbers of the tokens");
        IdsInput = _inputs.First(i => i.Value == TextInput.Ids).Key;
        foreach (var input in model.Inputs)
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

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>The input of the tokens' numbers.</summary>
    public string IdsInput { get; }

    /// <summary>How many tokens the file fixes; null where it leaves that open.</summary>
    public int? FixedLength { get; }

    /// <summary>How many rows the file fixes; null where it leaves that open.</summary>
    internal int? FixedBatch { get; }

    /// <summary>Takes a network with its tokenizer.</summary>
    /// <param name="model">The network.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">What the file of the network leaves open.</param>
    /// <exception cref="ArgumentException">The inputs are not those of a network of texts.</exception>
    public static TextNetwork From(OnnxModel model, TextTokenizer tokenizer, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new NetworkOptions();
        // What is made constant is no input any more.
        return new TextNetwork(options.WithConstants(model), tokenizer, options);
    }

    /// <summary>Reads a network.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <inheritdoc cref="From" path="/param[@name='tokenizer' or @name='options'] | /exception"/>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">What the file of the network leaves open.</param>
    public static TextNetwork Load(string path, TextTokenizer tokenizer, NetworkOptions? options = null) =>
        From(OnnxModel.Load(path), tokenizer, options);

    /// <summary>Cuts a text, or a pair of them, into as many tokens as the network and the options let it have.</summary>
    /// <param name="first">The text.</param>
    /// <param name="second">The text that goes with it; null for none.</param>
    /// <param name="options">What is explained; null for the defaults.</param>
    public TokenizedText Encode(string first, string? second = null, TextExplainerOptions? options = null)
    {
        options ??= new TextExplainerOptions();
        var most = new EncodingOptions { MaximumLength = FixedLength ?? options.Length ?? options.MaximumLength };
        return second is null ? Tokenizer.Encode(first, most) : Tokenizer.Encode(first, second, most);
    }

    /// <summary>The network for texts of a length.</summary>
    internal Network Of(int length) => _networks.GetOrAdd(length, tokens => new Lazy<Network>(() => Network.From(_model, _options with
    {
        RowShapes = _inputs.Keys.ToDictionary(name => name, _ => (IReadOnlyList<long>)[tokens]),
    }))).Value;

    /// <summary>Makes something of the network for texts of a length; where that is too long for it, the user is told so.</summary>
    internal T Tried<T>(int length, Func<T> make)
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

    /// <summary>The tensors that a batch of texts is, by input.</summary>
    internal Dictionary<string, Tensor> Feed(TokenBatch batch) => _model.Inputs.ToDictionary(input => input.Name, input =>
    {
        long[] shape = [batch.Texts.Count, batch.Length];
        var numbers = Numbers(batch, _inputs[input.Name]);
        return input.Type == ElementType.Int64 ? Tensor.From(numbers, shape)
            : input.Type == ElementType.Int32 ? Tensor.From(Array.ConvertAll(numbers, n => (int)n), shape)
            : input.Type.IsFloating() ? Tensor.FromDoubles(input.Type, Array.ConvertAll(numbers, n => (double)n), shape)
            : throw Unfit($"'{input.Name}' holds {input.Type}; 32- or 64-bit integers, or floating-point numbers were expected");
    });

    /// <summary>The rows that a batch of texts is to what takes all inputs side by side.</summary>
    internal float[] Rows(TokenBatch batch)
    {
        var parts = _model.Inputs.Select(i => Numbers(batch, _inputs[i.Name])).ToList();
        var rows = new float[batch.Texts.Count * parts.Count * batch.Length];
        for (var row = 0; row < batch.Texts.Count; row++)
            for (var number = 0; number < parts.Count; number++)
                for (var i = 0; i < batch.Length; i++)
                    rows[(row * parts.Count + number) * batch.Length + i] = parts[number][row * batch.Length + i];
        return rows;
    }

    private static long[] Numbers(TokenBatch batch, TextInput kind) => kind switch
    {
        TextInput.Ids => batch.Ids,
        TextInput.Mask => batch.Mask,
        TextInput.TypeIds => batch.TypeIds,
        _ => [.. Enumerable.Range(0, batch.Ids.Length).Select(i => (long)(i % batch.Length))],
    };

    private TextInput KindOf(TensorInfo input, IReadOnlyList<TensorInfo> all)
    {
        var name = input.Name.ToLowerInvariant();
        return name.Contains("mask") ? TextInput.Mask
            : name.Contains("type") || name.Contains("segment") ? TextInput.TypeIds
            : name.Contains("position") ? TextInput.Positions
            : name.Contains("id") || name.Contains("token") || name.Contains("word") || name.Contains("text")
                || all.Count(i => !i.Type.IsFloating()) == 1 && !input.Type.IsFloating() ? TextInput.Ids
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
        $"The network takes {string.Join(", ", _model.Inputs.Select(i => i.ToString()))}; {why}. A network of texts takes input_ids, and "
            + "may take attention_mask, token_type_ids and position_ids. Others can be made constant "
            + "(NetworkOptions.Constants, --constant).");
}
