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
