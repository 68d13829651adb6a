using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>A network for photographs, loaded; files as of <see cref="InModelFolder"/>, and columns for the digits.</summary>
public class DigitNetwork : InModelFolder
{
    protected MLContext mlContext { get; } = new(seed: 1);

    protected Network network => Network.Load("digits.onnx");
}
