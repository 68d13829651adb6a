using System;
using System.Collections.Generic;
using System.Linq;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>
/// The order of estimators as AutoML writes it: <c>e0 * e1 * (e2 + e3 * e4)</c>, a star for "then", a plus for "or", the star binding
/// closer. Of alternatives one is chosen.
/// </summary>
internal sealed class PipelineSchema
{
    private const int MaximumDepth = 64;

    private readonly string _text;
    private readonly Func<string, bool> _isWanted;
    private int _at;

    private PipelineSchema(string text, Func<string, bool> isWanted) => (_text, _isWanted) = (text, isWanted);

    /// <summary>The estimators of one way through the schema: the one that has the wanted, or else the first.</summary>
    /// <exception cref="InvalidProjectException">It is no such schema.</exception>
    public static IReadOnlyList<string> Chosen(string schema, Func<string, bool> isWanted)
    {
        if (string.IsNullOrWhiteSpace(schema))
            return [];
        var reader = new PipelineSchema(schema, isWanted);
        var chosen = reader.Either(0);
        return reader.Next() is null ? chosen : throw reader.Fault();
    }

    private List<string> Either(int depth)
    {
        var ways = new List<List<string>> { Sequence(depth) };
        while (Next() == '+')
        {
            _at++;
            ways.Add(Sequence(depth));
        }
        return ways.FirstOrDefault(way => way.Any(_isWanted)) ?? ways[0];
    }

    private List<string> Sequence(int depth)
    {
        var steps = One(depth);
        while (Next() == '*')
        {
            _at++;
            steps.AddRange(One(depth));
        }
        return steps;
    }

    private List<string> One(int depth)
    {
        if (Next() == '(' && depth < MaximumDepth)
        {
            _at++;
            var inner = Either(depth + 1);
            if (Next() != ')')
                throw Fault();
            _at++;
            return inner;
        }
        var start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '_'))
            _at++;
        return _at > start ? [_text.Substring(start, _at - start)] : throw Fault();
    }

    private char? Next()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        return _at < _text.Length ? _text[_at] : null;
    }

    private InvalidProjectException Fault() => new($"The order of the pipeline, '{_text}', cannot be read at character {_at + 1}; names "
        + "with '*' and '+' between them were expected.");
}
