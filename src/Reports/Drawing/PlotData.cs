using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The numbers behind the drawings of a page, once for all of them: the page's script draws from them whatever class, feature and row a
/// reader chooses.
/// </summary>
/// <remarks>
/// One JSON object. Columns are little-endian numbers in Base64 behind a letter for their kind, and equal ones are kept once. Texts are
/// escaped down to ASCII without <c>&lt;</c>, <c>&gt;</c> and <c>&amp;</c>, so that nothing in them can end the element that holds the
/// object.
/// </remarks>
internal sealed class PlotData
{
    /// <summary>The id of the element that holds the object.</summary>
    public const string ElementId = "plot-data";

    private readonly List<PlotRows> _sets = [];

    /// <summary>Which class has which colour on this page.</summary>
    public ClassColors Colors { get; } = new();

    /// <summary>What a reader chooses among several values by.</summary>
    public string Choice { get; set; } = "Output";

    /// <summary>What the values are called in that choice.</summary>
    public Func<ShapValues, string> NameOf { get; set; } = values => values.OutputName;

    /// <summary>The rows of some values that drawings of this page show.</summary>
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
        var parts = new Parts();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("choice", Choice);
            json.WriteStartArray("sets");
            foreach (var set in _sets)
                set.Write(json, parts, NameOf(set.Values));
            json.WriteEndArray();
            json.WriteStartArray("classes");
            foreach (var name in Colors.Names)
                json.WriteStringValue(PlotRows.Shown(name));
            json.WriteEndArray();
            parts.Write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Columns and lists, each kept once.</summary>
    internal sealed class Parts
    {
        private readonly Dictionary<string, int> _places = [];

        /// <summary>Numbers as exact as single precision, or as double where they need its range.</summary>
        public int Add(IReadOnlyList<double> numbers) => numbers.Any(IsBeyondSingle)
            ? Encode('d', numbers, 8, (place, value) => BinaryPrimitives.WriteDoubleLittleEndian(place, value))
            : Encode('f', numbers, 4, (place, value) => BinaryPrimitives.WriteSingleLittleEndian(place, (float)value));

        /// <summary>Finite numbers to almost five digits, more than are ever seen: single precision without its last byte.</summary>
        public int AddRounded(IReadOnlyList<double> numbers) => numbers.Any(value => IsBeyondSingle(value) || Math.Abs(value) > 3e38)
            ? Add(numbers)
            : Encode('r', numbers, 3, (place, value) =>
            {
                var bits = (BitConverter.SingleToUInt32Bits((float)value) + 0x80) >> 8;
                (place[0], place[1], place[2]) = ((byte)bits, (byte)(bits >> 8), (byte)(bits >> 16));
            });

        /// <summary>Whole numbers from zero on.</summary>
        public int Add(IReadOnlyList<int> numbers) => numbers.Any(value => value > ushort.MaxValue)
            ? Encode('w', numbers, 4, BinaryPrimitives.WriteInt32LittleEndian)
            : Encode('h', numbers, 2, (place, value) => BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)value));

        /// <summary>Texts as they are.</summary>
        public int Add(IEnumerable<string> texts) => PlaceOf(JsonSerializer.Serialize(texts.Select(PlotRows.Shown)));

        /// <summary>Texts of which many are equal: each once, and which of them stands where.</summary>
        /// <param name="texts">The texts.</param>
        /// <param name="order">Those that come first, in their order.</param>
        public int AddRepeated(IReadOnlyList<string> texts, IEnumerable<string> order)
        {
            string[] distinct = [.. order.Concat(texts).Distinct()];
            var places = distinct.Index().ToDictionary(item => item.Item, item => item.Index);
            return PlaceOf($$"""{"texts":{{Add(distinct)}},"of":{{Add([.. texts.Select(text => places[text])])}}}""");
        }

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartArray("parts");
            foreach (var (text, _) in _places.OrderBy(place => place.Value))
                json.WriteRawValue(text);
            json.WriteEndArray();
        }

        private static bool IsBeyondSingle(double value) =>
            double.IsFinite(value) && value != 0 && Math.Abs(value) is > float.MaxValue or < 1e-37 and > 0;

        private int Encode<T>(char kind, IReadOnlyList<T> numbers, int size, WriteNumber<T> write)
        {
            var bytes = new byte[numbers.Count * size];
            for (var i = 0; i < numbers.Count; i++)
                write(bytes.AsSpan(i * size, size), numbers[i]);
            return PlaceOf(string.Create(CultureInfo.InvariantCulture, $"\"{kind}{Convert.ToBase64String(bytes)}\""));
        }

        private int PlaceOf(string text)
        {
            _places.TryAdd(text, _places.Count);
            return _places[text];
        }

        private delegate void WriteNumber<T>(Span<byte> place, T value);
    }
}
