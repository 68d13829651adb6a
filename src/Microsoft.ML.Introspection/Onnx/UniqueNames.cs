using System.Globalization;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>Names of which none is given twice: whoever wants one that is taken gets a number behind it.</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> _taken = [];

    // A file may want one name any number of times; counting anew each time would take the square of that.
    private readonly Dictionary<string, int> _nextSuffix = [];

    /// <summary>Takes a name; false where it is taken.</summary>
    public bool Add(string name) => _taken.Add(name);

    public bool Contains(string name) => _taken.Contains(name);

    /// <summary>Takes names, whether they are taken or not.</summary>
    public void Add(IEnumerable<string> names) => _taken.UnionWith(names);

    /// <summary>Takes the wanted name or, if it is taken, one like it.</summary>
    public string Make(string wanted)
    {
        if (_taken.Add(wanted))
            return wanted;
        var suffix = _nextSuffix.GetValueOrDefault(wanted);
        string name;
        do
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{++suffix}");
        while (!_taken.Add(name));
        _nextSuffix[wanted] = suffix;
        return name;
    }
}
