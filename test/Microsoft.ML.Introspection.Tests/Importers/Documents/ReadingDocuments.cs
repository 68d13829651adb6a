using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Introspection.Importers.Documents;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Importers.Documents;

/// <summary>Both notations, each in every form that it allows.</summary>
[TestClass]
public sealed class ReadingDocuments
{
    [TestMethod]
    public void Json_objects_lists_texts_and_numbers()
    {
        var reader = Json("""
             { "a\u00e9\"" : "b\\\n\ud83c\udf33" , "skipped": {"x":[1,{"y":"}]\""},null,-1.5e3],"z":[]}, "numbers" : [ 1 , -2.5E-1,NaN, Infinity,-Infinity ],
             "whole":[1,-2,true,false],"none":[ ],"texts":["p","q"],"word":true,"last":{}}
            """);
        reader.BeginObject();
        AssertMember(ref reader, "aé\"");
        Assert.AreEqual("b\\\n🌳", reader.Text());
        AssertMember(ref reader, "skipped");
        reader.Skip();
        AssertMember(ref reader, "numbers");
        CollectionAssert.AreEqual((float[])[1, -0.25f, float.NaN, float.PositiveInfinity, float.NegativeInfinity], reader.Numbers<float>());
        AssertMember(ref reader, "whole");
        CollectionAssert.AreEqual((int[])[1, -2, 1, 0], reader.Numbers<int>());
        AssertMember(ref reader, "none");
        Assert.IsEmpty(reader.Numbers<int>());
        AssertMember(ref reader, "texts");
        reader.BeginList();
        Assert.IsTrue(reader.NextElement());
        Assert.AreEqual("p", reader.Text());
        Assert.IsTrue(reader.NextElement());
        Assert.AreEqual("q", reader.Text());
        Assert.IsFalse(reader.NextElement());
        AssertMember(ref reader, "word");
        reader.Skip();
        AssertMember(ref reader, "last");
        reader.Skip();
        Assert.IsFalse(reader.NextMember(out _));
        reader.End();
    }

    [TestMethod]
    [DataRow("[1,2", "truncated")]
    [DataRow("[1 2]", "',' or ']' was expected")]
    [DataRow("[1,]", "a number was expected")]
    [DataRow("[1x]", "',' or ']' was expected")]
    [DataRow("[\"a\"]", "a number was expected")]
    [DataRow("{}", "a list of numbers was expected")]
    [DataRow("", "truncated")]
    public void Json_lists_that_are_none(string json, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidModelException>(() => Json(json).Numbers<float>()).Message);

    [TestMethod]
    [DataRow("1.5")]
    [DataRow("2147483648")]
    [DataRow("1e3")]
    [DataRow("null")]
    public void Json_whole_numbers_that_are_none(string number) =>
        Assert.ThrowsExactly<InvalidModelException>(() => Json($"[{number}]").Numbers<int>());

    [TestMethod]
    [DataRow("{\"a\" 1}")]
    [DataRow("{\"a\":1 \"b\":2}")]
    [DataRow("{a:1}")]
    [DataRow("{\"a\":}")]
    [DataRow("{\"a\":[1}")]
    [DataRow("{\"a\":{]}")]
    [DataRow("{\"a\":\"b}")]
    [DataRow("{\"a\":\"b\\")]
    [DataRow("{\"a\":1")]
    [DataRow("{\"\\u12\":1}")]
    [DataRow("{\"a\":1}}")]
    [DataRow("{\"a\":1} 2")]
    public void Json_objects_that_are_none(string json) => Assert.ThrowsExactly<InvalidModelException>(() =>
    {
        var reader = Json(json);
        SkipMembers(ref reader);
    });

    [TestMethod]
    public void Ubjson_objects_lists_texts_and_numbers()
    {
        var reader = Ubjson(
            '{', (byte)'U', (byte)1, 'a', 'S', 'i', (byte)3, Encoding.UTF8.GetBytes("bé"), // a text whose length is of another type
            'N', 'L', 1L, 'b', '[', '$', 'd', '#', 'L', 2L, 1.5f, float.NaN,
            'L', 1L, 'c', '[', 'i', (sbyte)-3, 'N', 'U', (byte)200, 'I', (short)-300, 'l', 70000, 'L', 5L, 'T', 'F', 'd', 7f, 'D', 8.0, ']',
            'L', 1L, 'd', '[', '#', 'i', (byte)2, 'i', (sbyte)1, 'i', (sbyte)2,
            'L', 1L, 'e', '{', '$', 'i', '#', 'i', (byte)2, 'i', (byte)1, 'p', (sbyte)5, 'i', (byte)1, 'q', (sbyte)6,
            'L', 1L, 'f', '[', '$', '[', '#', 'i', (byte)2, ']', '$', 'Z', '#', 'L', 1L << 60, // a typed list of lists
            'L', 1L, 'g', '[', '$', 'S', '#', 'i', (byte)2, 'i', (byte)1, 'r', 'i', (byte)1, 's',
            'L', 1L, 'h', 'C', 't',
            'L', 1L, 'i', 'H', 'i', (byte)2, '1', '2',
            'L', 1L, 'j', 'Z', '}');
        reader.BeginObject();
        AssertMember(ref reader, "a");
        Assert.AreEqual("bé", reader.Text());
        AssertMember(ref reader, "b");
        CollectionAssert.AreEqual((float[])[1.5f, float.NaN], reader.Numbers<float>());
        AssertMember(ref reader, "c");
        CollectionAssert.AreEqual((int[])[-3, 200, -300, 70000, 5, 1, 0, 7, 8], reader.Numbers<int>());
        AssertMember(ref reader, "d");
        CollectionAssert.AreEqual((int[])[1, 2], reader.Numbers<int>());
        AssertMember(ref reader, "e");
        reader.Skip();
        AssertMember(ref reader, "f");
        reader.Skip();
        AssertMember(ref reader, "g");
        reader.BeginList();
        Assert.IsTrue(reader.NextElement());
        Assert.AreEqual("r", reader.Text());
        Assert.IsTrue(reader.NextElement());
        Assert.AreEqual("s", reader.Text());
        Assert.IsFalse(reader.NextElement());
        AssertMember(ref reader, "h");
        Assert.AreEqual("t", reader.Text());
        AssertMember(ref reader, "i");
        reader.Skip();
        AssertMember(ref reader, "j");
        reader.Skip();
        Assert.IsFalse(reader.NextMember(out _));
        reader.End();
    }

    [TestMethod]
    public void Ubjson_numbers_in_whatever_type_they_come()
    {
        CollectionAssert.AreEqual((float[])[-1, 2], Ubjson('[', '$', 'i', '#', 'i', (byte)2, (sbyte)-1, (sbyte)2).Numbers<float>());
        CollectionAssert.AreEqual((float[])[0.1f], Ubjson('[', '$', 'D', '#', 'i', (byte)1, 0.1).Numbers<float>());
        CollectionAssert.AreEqual((int[])[3], Ubjson('[', '$', 'L', '#', 'i', (byte)1, 3L).Numbers<int>());
        CollectionAssert.AreEqual((int[])[3], Ubjson('[', '$', 'd', '#', 'i', (byte)1, 3f).Numbers<int>());
        Assert.Contains("whole number",
            Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', '$', 'L', '#', 'i', (byte)1, 1L << 40).Numbers<int>()).Message);
        Assert.Contains("whole number",
            Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', 'd', 0.5f, ']').Numbers<int>()).Message);
        Assert.Contains("whole number",
            Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', 'D', double.NaN, ']').Numbers<int>()).Message);
    }

    [TestMethod]
    public void Ubjson_lengths_are_not_believed()
    {
        foreach (var length in (long[])[1 << 20, int.MaxValue, long.MaxValue, -1])
        {
            Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', '$', 'd', '#', 'L', length, 1f).Numbers<float>(), $"{length}");
            Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', '#', 'L', length, 'd', 1f).Numbers<float>(), $"{length}");
            Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('S', 'L', length, 'x').Text(), $"{length}");
            Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', '$', 'd', '#', 'L', length, 1f).Skip(), $"{length}");
        }
        Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', '$', 'T', '#', 'L', 1L << 60).Numbers<int>());
        Ubjson('[', '$', 'Z', '#', 'L', 1L << 60).Skip();
    }

    [TestMethod]
    public void Both_bound_their_depth()
    {
        var lists = new string('[', 100_000);
        Assert.Contains("64 deep", Assert.ThrowsExactly<InvalidModelException>(() => Json(lists).Skip()).Message);
        Assert.Contains("64 deep",
            Assert.ThrowsExactly<InvalidModelException>(() => new UbjsonDocumentReader(Encoding.UTF8.GetBytes(lists)).Skip()).Message);
        Assert.Contains("64 deep", Assert.ThrowsExactly<InvalidModelException>(() =>
        {
            var reader = Json(lists);
            for (var i = 0; i < 100; i++)
            {
                reader.BeginList();
                reader.NextElement();
            }
        }).Message);
        Assert.Contains("64 deep", Assert.ThrowsExactly<InvalidModelException>(() =>
        {
            var reader = new UbjsonDocumentReader(Encoding.UTF8.GetBytes(lists));
            for (var i = 0; i < 100; i++)
            {
                reader.BeginList();
                reader.NextElement();
            }
        }).Message);

        var fitting = Json(new string('[', 64) + new string(']', 64));
        fitting.Skip();
        fitting.End();
    }

    [TestMethod]
    public void Ubjson_values_that_are_none()
    {
        Assert.Contains("'x'", Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('x').Skip()).Message);
        Assert.Contains("an object", Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[').BeginObject()).Message);
        Assert.Contains("a text", Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('T').Text()).Message);
        Assert.Contains("UTF-8", Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('S', 'i', (byte)1, (byte)0xFF).Text()).Message);
        Assert.Contains("number of elements", Assert.ThrowsExactly<InvalidModelException>(() => Ubjson('[', '$', 'd', ']').Skip()).Message);
        Assert.Contains("3 bytes follow", Assert.ThrowsExactly<InvalidModelException>(() =>
        {
            var reader = Ubjson('Z', 'Z', 'Z', 'Z');
            reader.Skip();
            reader.End();
        }).Message);
    }

    private static JsonDocumentReader Json(string json) => new(Encoding.UTF8.GetBytes(json));

    // Markers, and numbers in big-endian order.
    private static UbjsonDocumentReader Ubjson(params object[] parts)
    {
        var stream = new MemoryStream();
        Span<byte> buffer = stackalloc byte[8];
        foreach (var part in parts)
        {
            switch (part)
            {
                case char c: stream.WriteByte((byte)c); break;
                case byte b: stream.WriteByte(b); break;
                case sbyte b: stream.WriteByte((byte)b); break;
                case byte[] bytes: stream.Write(bytes); break;
                case short s: BinaryPrimitives.WriteInt16BigEndian(buffer, s); stream.Write(buffer[..2]); break;
                case int i: BinaryPrimitives.WriteInt32BigEndian(buffer, i); stream.Write(buffer[..4]); break;
                case long l: BinaryPrimitives.WriteInt64BigEndian(buffer, l); stream.Write(buffer); break;
                case float f: BinaryPrimitives.WriteSingleBigEndian(buffer, f); stream.Write(buffer[..4]); break;
                case double d: BinaryPrimitives.WriteDoubleBigEndian(buffer, d); stream.Write(buffer); break;
                default: throw new ArgumentException($"{part.GetType()}");
            }
        }
        return new(stream.ToArray());
    }

    private static void AssertMember<TReader>(ref TReader reader, string expected) where TReader : IDocumentReader, allows ref struct
    {
        Assert.IsTrue(reader.NextMember(out var name));
        Assert.AreEqual(expected, name);
    }

    private static void SkipMembers<TReader>(ref TReader reader) where TReader : IDocumentReader, allows ref struct
    {
        reader.BeginObject();
        while (reader.NextMember(out _))
            reader.Skip();
        reader.End();
    }
}
