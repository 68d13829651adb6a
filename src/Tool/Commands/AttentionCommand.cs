using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect attention</c>: where the heads of a network look in one row or one text.</summary>
internal sealed class AttentionCommand : System.CommandLine.Command, IHasHelpSections
{
    private const long MostNames = 1 << 20;

    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureOutputs _outputs = new("the maps, [heads, queries, keys] each", "lines between tokens, maps, all heads");
    private readonly FeatureData _data = new(isRequired: false);
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<long> _row = new("--row") { HelpName = "N", Description = "Which row of the data, from 0." };

    private readonly Option<string?> _text = new("--text") { HelpName = "TEXT",
        Description = "A text in place of rows; needs --tokenizer." };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        HelpName = "FILE",
        Description = "The tokenizer that the network was trained with: tokenizer.json, vocab.txt, …. With --data it names the tokens of "
            + "an input of whole numbers.",
    };

    private readonly Option<string?> _tokens = new("--tokens")
    {
        HelpName = "FILE.txt", Description = "With --data: what the tokens are called, one in each line.",
    };

    private readonly Option<string?> _flow = new("--flow")
    {
        HelpName = "all|N",
        Description = "Attention flow, too: the maximum flow through all blocks from every token at the end, or from the N-th, from 0.",
    };

    public AttentionCommand(Terminal terminal) : base("attention",
        "Shows where the attention of a network looks, block by block and head by head.")
    {
        _terminal = terminal;
        _network.AddTo(this);
        foreach (var option in (Option[])[_text, _tokenizer, _tokens, _row, _flow])
            Options.Add(option);
        _outputs.AddTo(this);
        _data.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "NPZ: block0, block1, … in the order in which they are computed (introspect layers lists them), [heads, queries, keys]; and "
                + "attention-flow,",
            "     [tokens, tokens], or [1, tokens] for one query. PNG: the mean of the last block's heads."),
        new("Examples",
            "introspect attention bert.onnx --text \"not bad at all\" --tokenizer vocab.txt --report heads.html",
            "introspect attention vit.onnx --data images.npy --row 3 --output maps.npz --flow 0"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var request = _network.Read(parsed);
        var named = new[] { parsed.GetValue(_tokenizer), parsed.GetValue(_tokens) }.OfType<string>();
        var files = _outputs.Read(parsed, [request.Path, .. _data.Files(parsed), .. named]);
        if (parsed.GetValue(_row) is < 0 and var row)
            throw new UsageException($"{_row.Name} takes the number of a row, from 0; {row} was given.");
        int? query = parsed.GetValue(_flow) switch
        {
            null or "all" => null,
            var number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var token) ? token
                : throw new UsageException($"{_flow.Name} takes all, or the number of a token, from 0; '{number}' was given."),
        };
        var runtime = _runtime.Read(parsed, _terminal.Warn);
        var (network, maps, names, picture) = parsed.GetValue(_text) is { } text ? OfText(parsed, request, text, runtime)
            : OfRow(parsed, request, runtime, cancellation);
        var blocks = AttentionBlock.Of(network);
        foreach (var left in AttentionBlock.LeftIn(network))
            _terminal.Note($"'{left.Name}' ({left.Operator}) is left out. {left.Reason}");
        var flow = parsed.GetValue(_flow) is null ? null : UsageException.Check(() => Flow(blocks, maps, query));
        files.Write(_terminal,
            () => maps.Select((m, i) => ($"block{i}", m)).Concat(flow is null ? [] : [("attention-flow", flow)]),
            () => Mean(maps[^1]),
            () => AttentionReport.Of($"Attention of {Path.GetFileName(request.Path)}",
                [.. maps.Select((m, i) => new SeenAttention(blocks[i].Name, m))], names, picture,
                flow is null || query is not null ? null
                    : new SeenAttention("Attention flow", Tensor.From(flow.ToDouble(), 1, flow.Dimensions[0], flow.Dimensions[1]))));
        return ExitCode.Done;
    }

    private (Network, IReadOnlyList<Tensor>, IReadOnlyList<string>?, Raster?) OfRow(
        ParseResult parsed, NetworkRequest request, RuntimeOptions runtime, CancellationToken cancellation)
    {
        if (!_data.AreGiven(parsed))
            throw new UsageException($"Say what is looked at: --data FILE, or {_text.Name} TEXT with {_tokenizer.Name} FILE.");
        using var rows = _data.Open(parsed, request, _terminal);
        var whole = rows.Network.Inputs.FirstOrDefault(i => !i.Type.IsFloating() && i.Shape is { Rank: 2 });
        var tokenizer = parsed.GetValue(_tokenizer) is { } path ? TextTokenizer.Load(path) : null;
        if (tokenizer is not null && whole is null)
            throw new UsageException($"{_tokenizer.Name} names the tokens of an input of whole numbers, [N, tokens]; there is none.");
        var (input, picture, maps) = rows.AttentionOf(parsed.GetValue(_row), tokenizer is null ? rows.Network.Inputs[0] : whole!, runtime,
            cancellation);
        IReadOnlyList<string>? names = parsed.GetValue(_tokens) is { } list ? [.. File.ReadLines(list).Take((int)MostNames)]
            : tokenizer is null ? null : [.. input.Select(id => tokenizer.TokenOf((int)id))];
        if (names is not null && !maps.Any(m => m.Dimensions[1] == names.Count || m.Dimensions[2] == names.Count))
            throw new UsageException($"{names.Count} names of tokens are given; the blocks have "
                + $"{string.Join(", ", maps.SelectMany(m => m.Dimensions[1..].ToArray()).Distinct())} queries or keys.");
        return (rows.Network, maps, names, picture);
    }

    private (Network, IReadOnlyList<Tensor>, IReadOnlyList<string>?, Raster?) OfText(
        ParseResult parsed, NetworkRequest request, string text, RuntimeOptions runtime)
    {
        if (_data.AreGiven(parsed) || parsed.GetValue(_tokens) is not null || parsed.GetResult(_row) is { Implicit: false })
            throw new UsageException($"{_text.Name} stands in place of rows; leave --data, {_row.Name} and {_tokens.Name} out.");
        var path = parsed.GetValue(_tokenizer) ?? throw new UsageException($"{_text.Name} needs {_tokenizer.Name} FILE.");
        var model = TextNetwork.From(request.ReadModel(), TextTokenizer.Load(path), request.Options);
        var (network, inputs, ids) = model.For(model.Encode(text));
        using var session = new ModelSession(AttentionMap.Compile(network), runtime);
        var maps = session.Run(inputs.ToDictionary(i => i.Key, i => i.Value));
        return (network,
            [.. AttentionBlock.Of(network).Select((_, i) => maps[$"block{i}"]).Select(m => Tensor.From(m.ToDouble(), m.Dimensions[1..]))],
            [.. ids.Select(model.Tokenizer.TokenOf)], null);
    }

    private static Tensor Flow(IReadOnlyList<AttentionBlock> blocks, IReadOnlyList<Tensor> maps, int? query) =>
        blocks.FirstOrDefault(b => b.Kind != AttentionKind.Self) is { } other
            ? throw new ArgumentException($"Attention flow is of self-attention among all tokens; '{other.Name}' is {other.Kind}.")
            : new AttentionFlow().Of(maps, query);

    private static Raster Mean(Tensor map)
    {
        var (heads, rows, columns) = ((int)map.Dimensions[0], (int)map.Dimensions[1], (int)map.Dimensions[2]);
        var (numbers, mean) = (map.ToDouble(), new float[rows * columns]);
        for (var i = 0; i < numbers.Length; i++)
            mean[i % mean.Length] += (float)(numbers[i] / heads);
        return Heatmap.Render(mean, rows, columns, new()
        {
            Symmetric = false, Percentile = 100, Scale = TileSheet.ScaleFor(Math.Max(rows, columns), 600),
        });
    }
}
