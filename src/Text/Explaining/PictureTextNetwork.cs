using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Text;

/// <summary>A network that takes a picture and a text, with the tokenizer that it was trained with.</summary>
/// <remarks>
/// The picture goes into the one input of floating-point numbers with four axes; the other inputs are known by their names, as those of
/// <see cref="TextNetwork"/> are.
/// </remarks>
public sealed class PictureTextNetwork
{
    private readonly OnnxModel _model;
    private readonly NetworkOptions _options;

    private PictureTextNetwork(OnnxModel model, TextTokenizer tokenizer, NetworkOptions options)
    {
        (_model, Tokenizer, _options) = (model, tokenizer, options);
        var pictures = model.Inputs.Where(i => i.Type.IsFloating() && i.Shape is { Rank: 4 }).ToList();
        if (pictures is not [var picture])
            throw new ArgumentException($"The network takes {string.Join(", ", model.Inputs.Select(i => i.ToString()))}; of a network of "
                + "picture and text one input is a picture of floating-point numbers, [N, channels, height, width] or [N, height, width, "
                + $"channels]; {pictures.Count} are.");
        PictureInputName = picture.Name;
        Texts = new TextInputs([.. model.Inputs.Where(i => i.Name != picture.Name)], model.Inputs);
        if (picture.Shape![0].IsKnown && picture.Shape[0] != 1 || Texts.FixedBatch is > 1)
            throw new ArgumentException("The network takes so many pairs of picture and text at once that its file fixes; export it with "
                + "an open batch, or one of 1.");
        Picture = PictureInput.Of(Of(Texts.FixedLength ?? 1), picture.Name);
    }

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>The input of the picture.</summary>
    public string PictureInputName { get; }

    /// <summary>What it takes.</summary>
    public PictureInput Picture { get; }

    /// <summary>The input of the tokens' numbers.</summary>
    public string IdsInput => Texts.Ids;

    /// <summary>How many tokens the file fixes; null where it leaves that open.</summary>
    public int? FixedLength => Texts.FixedLength;

    /// <summary>The inputs that hold the text.</summary>
    internal TextInputs Texts { get; }

    /// <summary>Takes a network with its tokenizer.</summary>
    /// <param name="model">The network.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">What the file of the network leaves open.</param>
    /// <exception cref="ArgumentException">The inputs are not those of a network of picture and text.</exception>
    public static PictureTextNetwork From(OnnxModel model, TextTokenizer tokenizer, NetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new NetworkOptions();
        return new PictureTextNetwork(options.WithConstants(model), tokenizer, options);
    }

    /// <summary>Reads a network.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <inheritdoc cref="From" path="/param[@name='tokenizer' or @name='options'] | /exception"/>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="options">What the file of the network leaves open.</param>
    public static PictureTextNetwork Load(string path, TextTokenizer tokenizer, NetworkOptions? options = null) =>
        From(ModelFile.ReadNetwork(path), tokenizer, options);

    /// <summary>What the model says of its pictures, or what is customary: how they become numbers.</summary>
    public PreprocessingGuess GuessPreprocessing() =>
        PreprocessingGuess.Of(Of(FixedLength ?? 1), _model.Metadata, PictureInputName);

    /// <summary>Cuts a text into as many tokens as the network and the options let it have.</summary>
    /// <param name="text">The text.</param>
    /// <param name="options">What is explained; null for the defaults.</param>
    public TokenizedText Encode(string text, TextExplainerOptions? options = null)
    {
        options ??= new TextExplainerOptions();
        return Tokenizer.Encode(text,
            new EncodingOptions { MaximumLength = FixedLength ?? options.Length ?? options.MaximumLength });
    }

    /// <summary>The network for texts of a length.</summary>
    internal Network Of(int length) => Texts.Tried(length, () => Network.From(_model, _options with
    {
        RowShapes = _options.RowShapes.Concat(Texts.RowShapes(length)).GroupBy(r => r.Key).ToDictionary(g => g.Key, g => g.Last().Value),
    }));
}
