using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The numbers behind the dots and lines of a page, once for all its plots: the page's script shows them when a reader points at a
/// mark, and finds the same row in the other plots.
/// </summary>
/// <remarks>
/// One JSON object. Columns of numbers are single precision, little endian, in Base64, and equal ones are kept once. Texts are escaped down
/// to ASCII without <c>&lt;</c>, <c>&gt;</c> and <c>&amp;</c>, so that nothing in them can end the element that holds the object.
/// </remarks>
internal sealed class PlotData
{
    private readonly List<PlotRows> _sets = [];

    /// <summary>The rows of some values that plots of this page show.</summary>
    public PlotRows For(ShapValues values)
    {
        var known = _sets.Find(set => ReferenceEquals(set.Values, values));
        if (known is null)
            _sets.Add(known = new PlotRows(values, _sets.Count));
        return known;
    }

    /// <summary>The object as text.</summary>
    public string ToJson()
    {
        var columns = new Columns();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("sets");
            foreach (var set in _sets)
                set.Write(json, columns);
            json.WriteEndArray();
            columns.Write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Columns of numbers, each kept once.</summary>
    internal sealed class Columns
    {
        private readonly Dictionary<string, int> _places = [];

        public int Add(IEnumerable<double> numbers)
        {
            float[] column = [.. numbers.Select(number => (float)number)];
            var bytes = new byte[column.Length * sizeof(float)];
            for (var i = 0; i < column.Length; i++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), column[i]);
            var text = Convert.ToBase64String(bytes);
            _places.TryAdd(text, _places.Count);
            return _places[text];
        }

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartArray("columns");
            foreach (var (text, _) in _places.OrderBy(place => place.Value))
                json.WriteStringValue(text);
            json.WriteEndArray();
        }
    }
}
