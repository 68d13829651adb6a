using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Reads SHAP columns, whoever has made them, and what else is known of their rows.</summary>
internal sealed class ShapReader
{
    // Matrices are large: those of the first rows will do.
    private const long MostInteractions = 1 << 24;

    private readonly IDataView _data;
    private readonly ShapValuesOptions _options;
    private readonly ReadColumn _values;
    private readonly ReadColumn _base;
    private readonly ReadColumn? _score;
    private readonly ReadColumn? _label;
    private readonly ReadColumn? _rowName;
    private readonly ReadColumn? _interactions;
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
        _outputs = options.OutputNames
            ?? SlotNames.Read(_base.Column, outputs) ?? (outputs == 1 ? ["score"] : [.. Enumerable.Range(0, outputs).Select(o => $"{o}")]);
        if (_outputs.Count != outputs)
            throw new ArgumentException($"{_outputs.Count} names were given for {outputs} outputs.", nameof(options));
        var players = _values.Size / outputs;
        _score = Of(options.ScoreColumnName, outputs);
        _interactions = Of(options.InteractionsColumnName, (long)outputs * players * players);
        _label = Of(options.LabelColumnName, 1);
        _rowName = Of(options.RowNameColumnName, 1);
        var explained = options.FeatureColumnName is null ? null : ReadColumn.Of(data.Schema, options.FeatureColumnName);
        _players = Players(players, outputs, explained);
        var search = new ShapFeatureSearch(data.Schema, explained, [valuesColumnName, baseValueColumnName]);
        _features = [.. _players.Select((name, place) => search.Find(name, explained?.Size == players ? place : null))];
    }

    /// <summary>Reads the rows.</summary>
    /// <exception cref="ArgumentException">There is no row, or base values differ from row to row.</exception>
    public IReadOnlyList<ShapValues> Read()
    {
        var (outputs, players) = (_outputs.Count, _players.Count);
        var chosen = SampledRows.Of(_data, _options.MaximumRows);
        var shap = new List<double>();
        var features = new List<float>();
        var (scores, interactions) = (new List<double>(), new List<double>());
        var (labels, rowNames) = (new List<string>(), new List<string>());
        var texts = _features.Select(f => f is { IsCategorical: true } ? new List<string>() : null).ToArray();
        double[]? baseValues = null;

        ReadColumn[] read = [.. new[] { _values, _base, _score, _label, _rowName, _interactions }.OfType<ReadColumn>(),
            .. _features.OfType<ShapFeature>().Select(f => f.Column).Distinct()];
        using var cursor = _data.GetRowCursor(read.Select(c => c.Column));
        foreach (var column in read)
            column.Bind(cursor);
        while (cursor.MoveNext())
        {
            if (!chosen.Contains(cursor.Position))
                continue;
            foreach (var column in read)
                column.Read();
            CheckBase(ref baseValues, cursor.Position);
            AddTo(shap, _values);
            AddTo(scores, _score);
            if (_interactions is not null && interactions.Count + _interactions.Size <= MostInteractions)
                AddTo(interactions, _interactions);
            Text(labels, _label);
            Text(rowNames, _rowName);
            foreach (var (feature, text) in _features.Zip(texts))
            {
                features.Add(feature?.Value ?? float.NaN);
                text?.Add(feature!.Text);
            }
        }
        if (baseValues is null)
            throw new ArgumentException("There is no row to read.");
        return ShapValues.PerOutput(_players, _outputs, baseValues, [.. shap], [.. features], new ShapDetails
        {
            Link = _options.Link,
            Scores = scores.ToArray(),
            Interactions = interactions.ToArray(),
            Labels = _label is null ? null : labels,
            RowNames = _rowName is null ? null : rowNames,
            Texts = texts.Index().Where(t => t.Item is not null).ToDictionary(t => t.Index, t => (IReadOnlyList<string>)t.Item!),
        });

        static void AddTo(List<double> list, ReadColumn? column)
        {
            if (column is null)
                return;
            foreach (var value in column.Row)
                list.Add(value);
        }

        static void Text(List<string> list, ReadColumn? column)
        {
            if (column is not null)
                list.Add(column.TextOf(0));
        }
    }

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
    private void CheckBase(ref double[]? baseValues, long row)
    {
        if (baseValues is null)
        {
            baseValues = [.. _base.Row.ToArray().Select(v => (double)v)];
            return;
        }
        for (var output = 0; output < baseValues.Length; output++)
        {
            var (first, value) = (baseValues[output], _base.Row[output]);
            if (Math.Abs(value - first) > 1e-4 * Math.Max(1, Math.Abs(first)))
                throw new ArgumentException($"The base value is {first} in the first row and {value} in row {row}: values of different "
                    + "classes, or background rows, are in one column. " +
                    $"Explain all classes ({nameof(ShapOptions.Target)} null) or one and the same to see rows together.");
        }
    }
}
