using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>What a page carries for its script, read back: written against the description of the format, not by its writer.</summary>
internal sealed class PageData(XElement page)
{
    private readonly JsonElement _data = JsonDocument.Parse(
        page.Descendants("script").Single(script => (string?)script.Attribute("type") == "application/json").Value).RootElement;

    public JsonElement Sets => _data.GetProperty("sets");

    public int PartCount => _data.GetProperty("parts").GetArrayLength();

    public string[] Classes => [.. _data.GetProperty("classes").EnumerateArray().Select(name => name.GetString()!)];

    public int[] Rows(int set = 0) => [.. Numbers(Sets[set].GetProperty("rows")).Select(row => (int)row)];

    public string[] FeatureNames(int set = 0) => Texts(Sets[set].GetProperty("features"));

    public double[] Shap(int feature, int set = 0) => Numbers(Sets[set].GetProperty("shap")[PlaceOf(feature, set)]);

    public double[] Values(int feature, int set = 0) => Numbers(Sets[set].GetProperty("values")[PlaceOf(feature, set)]);

    public string[] TextValues(int feature, int set = 0) => Repeated(Sets[set].GetProperty("values")[PlaceOf(feature, set)]);

    public int[] Features(int set = 0) => [.. Numbers(Sets[set].GetProperty("ids")).Select(id => (int)id)];

    public string[] Texts(JsonElement place) => [.. Part(place).EnumerateArray().Select(text => text.GetString()!)];

    public string[] Repeated(JsonElement place)
    {
        var texts = Texts(Part(place).GetProperty("texts"));
        return [.. Numbers(Part(place).GetProperty("of")).Select(of => texts[(int)of])];
    }

    public double[] Numbers(JsonElement place)
    {
        var code = Part(place).GetString()!;
        var bytes = Convert.FromBase64String(code[1..]);
        return code[0] switch
        {
            'f' => Each(4, at => BinaryPrimitives.ReadSingleLittleEndian(at)),
            'd' => Each(8, at => BinaryPrimitives.ReadDoubleLittleEndian(at)),
            'h' => Each(2, at => BinaryPrimitives.ReadUInt16LittleEndian(at)),
            'w' => Each(4, at => BinaryPrimitives.ReadInt32LittleEndian(at)),
            'r' => Each(3, at => BitConverter.UInt32BitsToSingle((uint)(at[0] << 8 | at[1] << 16 | at[2] << 24))),
            _ => throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"kind {code[0]}")),
        };

        double[] Each(int size, Func<byte[], double> read) => [.. bytes.Chunk(size).Select(read)];
    }

    private JsonElement Part(JsonElement place) => _data.GetProperty("parts")[place.GetInt32()];

    private int PlaceOf(int feature, int set) => Array.IndexOf(Features(set), feature);
}
