using System.Globalization;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>
/// The page of what methods say of a network's rows, some of which are kept while all go by: plots of features where rows are tables,
/// pictures of each row where they are images, volumes or tokens.
/// </summary>
internal sealed class AttributionPage
{
    private const int MostRows = 2000;
    private const int MostPictures = 24;
    private const long MostNumbers = 1L << 22;

    private readonly PageSubject _subject;
    private readonly IReadOnlyList<ShownInput> _inputs;
    private readonly IReadOnlyList<ShownMethod> _methods;
    private readonly ResultPort _target, _score;
    private readonly RowNames _names;
    private readonly EvenSample<ShownRow> _sample;
    private readonly bool _isTable;

    /// <summary>Makes room for rows.</summary>
    /// <param name="subject">What the page is of.</param>
    /// <param name="inputs">The inputs that are seen.</param>
    /// <param name="methods">What each method says.</param>
    /// <param name="target">The explained class.</param>
    /// <param name="score">The explained score.</param>
    /// <param name="names">What rows are called.</param>
    /// <exception cref="NotSupportedException">Something has extents that no picture shows.</exception>
    public AttributionPage(PageSubject subject, IReadOnlyList<ShownInput> inputs, IReadOnlyList<ShownMethod> methods, ResultPort target,
        ResultPort score, RowNames names)
    {
        (_subject, _inputs, _methods, _target, _score, _names) = (subject, inputs, methods, target, score, names);
        _isTable = methods.All(m => m.Parts.All(IsOfFeatures)
            && m.Parts.SelectMany(p => p.Names).SequenceEqual(methods[0].Parts.SelectMany(p => p.Names)));
        foreach (var part in _isTable ? [] : methods.SelectMany(m => m.Parts))
            RowPictures.Check(part.Port, inputs[part.Input]);
        var numbers = inputs.Sum(i => (long)i.Width) + methods.Sum(m => m.Parts.Sum(p => (long)p.Port.Width));
        _sample = new((int)Math.Clamp(MostNumbers / numbers, 2, _isTable ? MostRows : MostPictures));
    }

    /// <summary>A work that keeps what stands in the rows that the page may show.</summary>
    public SeenRows Seeing(IBlockWork work) => new(work, [.. _inputs.Select(i => i.Tensor)], _sample.Wants);

    /// <summary>Keeps some rows of a block.</summary>
    /// <param name="seen">What stands in them.</param>
    /// <param name="first">The number of the first.</param>
    /// <param name="rows">How many.</param>
    /// <param name="carried">The texts that go with them.</param>
    public void Add(SeenRows seen, long first, int rows, IReadOnlyList<string[]> carried)
    {
        for (var row = 0; row < rows; row++)
        {
            var place = row;
            _sample.Add(first + row, () => new ShownRow(
                _names.NameOf(carried[place], first + place), _names.LabelOf(carried[place]), TargetOf(place),
                PortNumbers.Of(_score, place)[0], seen[place],
                [.. _methods.Select(m => m.Parts.Select(p => PortNumbers.Of(p.Port, place)).ToArray())],
                [.. _methods.Select(m => m.Base is { } port ? PortNumbers.Of(port, place)[0] : double.NaN)]));
        }
    }

    /// <summary>The page.</summary>
    /// <param name="total">How many rows there were.</param>
    public Report Make(long total)
    {
        ShownRow[] kept = [.. _sample.Items];
        ShownRow[] shown = _isTable ? Array.FindAll(kept, row => row.IsFinite) : kept;
        List<(string, object?)> facts = [.. _subject.Facts];
        if (kept.Length < total)
            facts.Add(("Rows of the data",
                FormattableString.Invariant($"{total:N0}; {kept.Length:N0} of them, spread evenly, are on this page")));
        if (shown.Length < kept.Length)
            facts.Add(("Rows left out", FormattableString.Invariant($"{kept.Length - shown.Length:N0}, of numbers that are not finite")));
        return shown.Length == 0 ? new Report(_subject.Title) { new Facts(facts), new Paragraph("There is no row to show.") }
            : _isTable ? ShapReport.Of(FeaturePlots.Values(shown, _inputs, _methods, _names.HasLabels),
                new ShapReportOptions { Title = _subject.Title, Facts = facts })
            : RowPictures.Page(_subject.Title, facts, shown, _inputs, _methods);
    }

    // One number a feature of the table, that is.
    private bool IsOfFeatures(ShownPart part) => !part.OfLayer && !_inputs[part.Input].IsTokens && part.Port.RowShape.Count <= 1
        && _inputs[part.Input].Extents.Count <= 1 && part.Port.Width == _inputs[part.Input].Width;

    private string TargetOf(int row) => _subject.Target ?? (_subject.IsOneScore ? "score"
        : string.Create(CultureInfo.InvariantCulture, $"class {PortNumbers.Of(_target, row)[0]}"));
}
