using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>A folder with a network of reviews and its tokenizer, as <c>reviews.onnx</c> and <c>vocab.txt</c>.</summary>
public class InReviewFolder : Context
{
    protected MLContext mlContext { get; } = new(seed: 1);

    protected override IReadOnlyDictionary<string, string> Files => new Dictionary<string, string>
    {
        ["reviews.onnx"] = "test/data/text/classifier_transformer/model.onnx",
        ["vocab.txt"] = "test/data/text/wordpiece_uncased/vocab.txt",
    };
}

/// <summary>A network for photographs, loaded; files as of <see cref="InModelFolder"/>, and columns for the digits.</summary>
public class DigitNetwork : InModelFolder
{
    protected MLContext mlContext { get; } = new(seed: 1);

    protected Network network => Network.Load("digits.onnx");
}

/// <summary>A folder with a network of Keras as <c>net.h5</c>, which takes pictures of 32 × 32 × 3, and one such picture.</summary>
public class KerasNetwork : Context
{
    protected MLContext mlContext { get; } = new(seed: 1);

    protected float[] picture { get; } = [.. Enumerable.Range(0, 32 * 32 * 3).Select(i => i % 97 / 96f)];

    protected override IReadOnlyDictionary<string, string> Files =>
        new Dictionary<string, string> { ["net.h5"] = "test/data/models/keras_vgg_tiny.h5" };
}
