using System.Text.Json;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// JSON lines: an object in each, with the members of the first; arrays of numbers or texts are several cells, V[0], V[1], ….
/// </summary>
internal sealed class JsonRecords : IRecords
{
    private static readonly JsonDocumentOptions Plain = new() { MaxDepth = 3 };

    private readonly string _path;
    private readonly DataStream _file;
    private readonly TextReader _lines;
    private readonly Dictionary<string, int> _places = [];
    private string[]? _cells;

    public JsonRecords(string path)
    {
        (_path, _file) = (path, new DataStream(path));
        _lines = new BoundedLines(new StreamReader(_file.Content), path);
    }

    public string[]? Names { get; private set; }

    public int Count => _places.Count;

    public int Line { get; private set; }

    public double Progress => _file.Progress;

    public string this[int column] => _cells![column];

    public string[] ToArray() => [.. _cells!];

    public bool MoveNext()
    {
        string? line;
        do
        {
            line = _lines.ReadLine();
            Line++;
        }
        while (line is not null && line.AsSpan().Trim().IsEmpty);
        if (line is null)
            return false;
        try
        {
            using var document = JsonDocument.Parse(line, Plain);
            _cells = Cells(document.RootElement);
        }
        catch (JsonException e)
        {
            throw Fault($"no JSON object ({e.Message.Split(". Path")[0].Split(" LineNumber")[0].TrimEnd('.')})");
        }
        return true;
    }

    public void Dispose() => _file.Dispose();

    private string[] Cells(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object)
            throw Fault($"an object was expected, {{\"column\": value, …}}; found was JSON of the kind {record.ValueKind}");
        var cells = record.EnumerateObject().SelectMany(m => Cells(m.Name, m.Value)).ToList();
        if (Names is null)
        {
            foreach (var (name, _) in cells)
                if (!_places.TryAdd(name, _places.Count))
                    throw Fault($"the member '{name}' stands twice");
            Names = [.. _places.Keys];
        }
        var row = new string[Names.Length];
        Array.Fill(row, "");
        foreach (var (name, cell) in cells)
            row[_places.TryGetValue(name, out var place) ? place : throw Fault($"the first object has no member '{name}'")] = cell;
        return row;
    }

    private IEnumerable<(string Name, string Cell)> Cells(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, i) => Cells($"{name}[{i}]", item)),
        JsonValueKind.Object => throw Fault($"'{name}' is an object; numbers, texts, or arrays of them were expected"),
        JsonValueKind.Null => [(name, "")],
        JsonValueKind.True => [(name, "1")],
        JsonValueKind.False => [(name, "0")],
        JsonValueKind.String => [(name, value.GetString()!)],
        _ => [(name, value.GetRawText())],
    };

    private InvalidDataException Fault(string what) => RowFault.Of($"{_path}, line {Line}: {what}.");
}
