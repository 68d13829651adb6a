using System.CommandLine;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect forget</c>: a network that no longer sees concepts.</summary>
internal sealed class ForgetCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureImages _rows = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string[]> _vectors = new("--vector", "-v")
    {
        HelpName = "FILE.npy", Required = true,
        Description = "A concept's vector, as introspect tcav --vectors writes it, with its .json beside it. Repeatable, all of one layer.",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        HelpName = "FILE.onnx", Required = true, Description = "Where the changed network goes.",
    };

    public ForgetCommand(Terminal terminal)
        : base("forget", "Writes a network that no longer sees concepts (P-ClArC): a layer is moved along them to where it is without.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Options.Add(_vectors);
        Options.Add(_output);
        _rows.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Rows", "Rows without the concepts (--data, --images) tell where the layer is without; by none it is moved to zero."),
        new("Examples",
            "introspect forget resnet.onnx --vector vectors/stripes-layer4-0.npy --images without-stripes --output blind.onnx"),
    ];

    private int Run(ParseResult parsed)
    {
        var (request, output) = (_network.Read(parsed), parsed.GetRequiredValue(_output));
        string[] paths = parsed.GetValue(_vectors)!;
        if (!output.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--output takes a file that ends in .onnx; '{output}' was given.");
        OutputFile.Check(output, [request.Path, .. _rows.Files(parsed), .. paths]);
        var vectors = paths.Select(ConceptVector.Load).ToList();
        var open = new Stack<IDisposable>();
        try
        {
            LayerActivations? without = null;
            if (_rows.AreGiven(parsed))
            {
                var rows = _rows.Read(parsed, request, _terminal, null, open, isReadOnce: true);
                using var source = rows.Open();
                without = LayerActivations.Take(rows.Network, source, [vectors[0].Layer], vectors[0].IsPooled,
                    _runtime.Read(parsed, _terminal.Warn), rows.Feed)[0];
            }
            AtomicFile.Write(output, ConceptProjection.Remove(request.Load(), vectors, without).Save);
        }
        finally
        {
            OpenPass.Close(open);
        }
        _terminal.Out.WriteLine($"Wrote {Terminal.Printable(output)}: without {string.Join(", ", vectors.Select(v => v.Name))} in "
            + Terminal.Printable(vectors[0].Layer));
        return ExitCode.Done;
    }
}
