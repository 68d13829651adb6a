using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Reads SHAP columns, whoever has made them, and what else is known of their rows.</summary>
internal sealed class ShapReader
{
    // Matrices are large: those of the first rows will do.
    private const long MostInteractions = 1 << 24;
    private const int MostClasses = 100;

    private readonly IDataView _data;
    private readonly ShapValuesOptions _options;
    private readonly ReadColumn _values;
    private readonly ReadColumn _base;
    private readonly ReadColumn? _score;
    private readonly ReadColumn? _label;
    private readonly ReadColumn? _rowName;
    private readonly ReadColumn? _interactions;
    private readonly OutputFacts? _facts;
    private readonly DataViewSchema.Column? _class;
    private readonly IReadOnlyList<string>? _scoreNames;
    private readonly IReadOnlyList<string> _outputs;
    private readonly IReadOnlyList<string> _players;
    private readonly ShapFeature?[] _features;

    /// <summary>Finds the columns.</summary>
    /// <exception cref="ArgumentException">A column is missing, or its type or size does not fit.</exception>
    public ShapReader(IDataView data, string valuesColumnName, string baseValueColumnName, ShapValuesOptions options)
    {
        (_data, _options) = (data, options);
        _values = ReadColumn.Of(data.Schema, valuesColumnName);
        _base = ReadColumn.Of(data.Schema, baseValueColumnName);
        var outputs = _base.Size;
        if (_values.Size % outputs != 0)
            throw new ArgumentException($"The column '{valuesColumnName}' has {_values.Size} values, which are no blocks of one size for "
                + $"the {outputs} outputs that '{baseValueColumnName}' has base values of.");
        _outputs = (outputs > 1 || options.OutputNames?.Count == 1 ? options.OutputNames : null)
            ?? SlotNames.Read(_base.Column, outputs) ?? (outputs == 1 ? ["score"] : [.. Enumerable.Range(0, outputs).Select(o => $"{o}")]);
        _facts = OutputFacts.Of(_base.Column);
        // Of one output there may be many, each for rows of its own.
        if (outputs == 1)
            _class = options.TargetColumnName is { } target ? ReadColumn.Of(data.Schema, target).Column : null;
        if (_outputs.Count != outputs)
            throw new ArgumentException($"{_outputs.Count} names were given for {outputs} outputs.", nameof(options));
        var players = _values.Size / outputs;
        _score = options.ScoreColumnName is { } score && outputs == 1 ? ReadColumn.Of(data.Schema, score)
            : Of(options.ScoreColumnName, outputs);
        _scoreNames = ClassNames.Of(_score?.Column);
        _interactions = Of(options.InteractionsColumnName, (long)outputs * players * players);
        _label = Of(options.LabelColumnName, 1);
        _rowName = Of(options.RowNameColumnName, 1);
        var explained = options.FeatureColumnName is null ? null : ReadColumn.Of(data.Schema, options.FeatureColumnName);
        _players = Players(players, outputs, explained);
        var search = new ShapFeatureSearch(data.Schema, explained, [valuesColumnName, baseValueColumnName]);
        _features = [.. _players.Select((name, place) => search.Find(name, explained?.Size == players ? place : null))];
    }

    /// <summary>
    /// Reads the rows. Where they explain different classes, each its own, first come all of them together, each with its own class and
    /// base value, then class by class: values of a class have a base value in common.
    /// </summary>
    /// <exception cref="ArgumentException">There is no row, or base values differ though it is the same that is explained.</exception>
    public IReadOnlyList<ShapValues> Read()
    {
        var chosen = SampledRows.Of(_data, _options.MaximumRows);
        var (groups, places) = (new SortedDictionary<int, ShapRows>(), new List<(int Group, int Row)>());
        ReadColumn[] read = [.. new[] { _values, _base, _score, _label, _rowName, _interactions }.OfType<ReadColumn>(),
            .. _features.OfType<ShapFeature>().Select(f => f.Column).Distinct()];
        var classes = _class is null ? null : new LabelReader(_class.Value, ["class"]);
        using var cursor = _data.GetRowCursor(_class is { } named ? [.. read.Select(c => c.Column), named] : read.Select(c => c.Column));
        foreach (var column in read)
            column.Bind(cursor);
        classes?.Bind(cursor);
        while (cursor.MoveNext())
        {
            if (!chosen.Contains(cursor.Position))
                continue;
            foreach (var column in read)
                column.Read();
            var output = _outputs.Count > 1 ? 0 : classes is null ? OutputOf(groups) : (int)classes.Read(out _);
            if (!groups.TryGetValue(output, out var rows))
                groups[output] = rows = new ShapRows(_features, [.. _base.Row.ToArray().Select(v => (double)v)], MostInteractions);
            CheckBase(rows.BaseValues, cursor.Position);
            places.Add((output, rows.Count));
            rows.Add(_values, Score(output), _interactions, _label, _rowName);
        }
        if (groups.Count == 0)
            throw new ArgumentException("There is no row to read.");
        var link = _options.Link is ScoreLink.IdentityLink && _facts is not null ? _facts.Link : _options.Link;
        var values = groups.ToDictionary(group => group.Key, group => group.Value.Values(_players,
            NamesOf(group.Key, group.Value, groups.Count), link, _score is not null && _score.Size > _outputs.Count));
        var own = groups.Count > 1 ? places.Select(p => (values[p.Group][0], p.Row)).ToList() : [];
        return [.. own.Count > 0 ? [ShapValues.Together(own, MostInteractions)] : (ShapValues[])[],
            .. groups.Keys.SelectMany(group => values[group])];
    }

    // The class that a row without a word of it explains, by what its values start from.
    private int OutputOf(IReadOnlyDictionary<int, ShapRows> groups)
    {
        var (own, known) = (_base.Row[0], _facts?.BaseValues ?? []);
        if (known.Count > 1)
            return known.Index().MinBy(b => double.IsNaN(b.Item) ? double.PositiveInfinity : Math.Abs(b.Item - own)).Index;
        foreach (var (number, rows) in groups)
            if (IsSame(rows.BaseValues[0], own))
                return number;
        return groups.Count < MostClasses ? groups.Count : 0;
    }

    private IReadOnlyList<string> NamesOf(int output, ShapRows rows, int groups) => _outputs.Count > 1
        || groups == 1 && _class is null && !(_facts?.BaseValues.Count > 1) ? _outputs
        : (_options.OutputNames ?? _facts?.Names ?? _scoreNames) is { } names && output < names.Count ? [names[output]]
        : [FormattableString.Invariant($"class of base value {rows.BaseValues[0]:G4}")];

    // Of several scores that of the row's own class.
    private ReadOnlySpan<float> Score(int output) => _score is null ? [] : _score.Size == _outputs.Count ? _score.Row
        : output < _score.Size ? _score.Row.Slice(output, 1) : [];

    private ReadColumn? Of(string? name, long size)
    {
        if (name is null)
            return null;
        var column = ReadColumn.Of(_data.Schema, name);
        return column.Size == size ? column
            : throw new ArgumentException($"The column '{name}' has {column.Size} values in a row; {size} were expected, for SHAP values "
                + $"of {_values.Size} in all and {_outputs.Count} outputs.");
    }

    // Blocks are named output, dot, feature; where names do not tell, features go by the explained column or by numbers.
    private IReadOnlyList<string> Players(int players, int outputs, ReadColumn? explained)
    {
        if (SlotNames.Read(_values.Column, _values.Size) is { } names)
        {
            if (outputs == 1)
                return names;
            if (names[0].IndexOf('.') is >= 0 and var any && Enumerable.Range(0, names[0].Length).Where(i => i >= any && names[0][i] == '.')
                .Select(dot => Block(names, players, dot + 1)).FirstOrDefault(block => block is not null) is { } found)
                return found;
        }
        return explained?.Size == players ? explained.Names : [.. Enumerable.Range(0, players).Select(i => $"{i}")];
    }

    private static IReadOnlyList<string>? Block(IReadOnlyList<string> names, int players, int start)
    {
        var prefix = names[0][..start];
        if (!names.Take(players).All(n => n.StartsWith(prefix, StringComparison.Ordinal)))
            return null;
        string[] block = [.. names.Take(players).Select(n => n[start..])];
        return names.Index().All(n => n.Item.EndsWith("." + block[n.Index % players], StringComparison.Ordinal)) ? block : null;
    }

    // A part of each row's score is what rows have in common, or there is nothing to compare them by.
    private void CheckBase(double[] baseValues, long row)
    {
        for (var output = 0; output < baseValues.Length; output++)
            if (!IsSame(baseValues[output], _base.Row[output]))
                throw new ArgumentException($"The base value is {baseValues[output]} in the first row and {_base.Row[output]} in row "
                    + $"{row}: values of different models, or against different background rows, are in one column. "
                    + "Explain all rows against the same to see them together.");
    }

    private static bool IsSame(double one, double other) => Math.Abs(one - other) <= 1e-4 * Math.Max(1, Math.Abs(one));
}
