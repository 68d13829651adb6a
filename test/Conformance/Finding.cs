namespace Microsoft.ML.Introspection.Conformance;

/// <summary>How a check ended.</summary>
internal enum Verdict
{
    /// <summary>As the standard, or differences of the function, have it.</summary>
    Right,

    /// <summary>A documented exception says why not.</summary>
    Refused,

    /// <summary>Another number, shape or type, or an exception that is not documented.</summary>
    Wrong,

    /// <summary>ONNX Runtime itself cannot run the test, or runs it differently from the standard.</summary>
    Runtime,
}

/// <summary>What is checked.</summary>
internal enum Check
{
    /// <summary>Whether the network can be read.</summary>
    Load,

    /// <summary>The outputs against those of the standard.</summary>
    Output,

    /// <summary>The gradient by an input against differences of the function.</summary>
    Gradient,
}

/// <summary>How a test's inputs are given to the network.</summary>
internal enum Form
{
    /// <summary>All of them are inputs.</summary>
    AsIs,

    /// <summary>Those that hold no floating-point numbers are constants of the file.</summary>
    Constants,

    /// <summary>The first of floating-point numbers is the one input, its first axis open; the others are constants.</summary>
    Batch,
}

/// <summary>A check of one test and how it ended.</summary>
internal sealed record Finding(string Test, string Operator, Form Form, Check Check, string Of, Verdict Verdict, string Detail = "")
{
    public override string ToString() => $"{Verdict} {Check} {Form} {Test} ({Operator}) {Of}: {Detail}";
}
