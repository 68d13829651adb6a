using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Pipelines;

namespace Microsoft.ML.Introspection.Estimators.Tests.Pipelines;

/// <summary>What is no single-precision number goes into one and comes back as it was.</summary>
[TestClass]
public sealed class CodingValues
{
    [TestMethod]
    public void Numbers_come_back_exactly_apart_and_in_order()
    {
        var random = new Random(1);
        var codes = new NumberCodes<double>(isKey: false);
        var values =
            Enumerable.Range(0, 5000)
                .Select(i => i % 3 == 0 ? random.NextDouble() : i % 3 == 1 ? 0.5 + random.Next(100) * 1e-12 : (float)random.NextDouble())
            .Concat([0, -1e-300, 1e300, -1e300, double.MaxValue, double.Epsilon, 1 / 3.0, -1 / 3.0, Math.PI * 1e20]).ToArray();
        CheckRoundTrip(codes, values);
        Assert.IsTrue(float.IsNaN(codes.Encode(double.NaN)));
        Assert.AreEqual(double.PositiveInfinity, codes.Decode(codes.Encode(double.PositiveInfinity)));
        // Far from ties, order is kept.
        var ordered = values.Where(v => Math.Abs(v) is > 1e-3 and < 1e30 && Math.Abs(v - 0.5) > 1e-5).Order().ToArray();
        for (var i = 1; i < ordered.Length; i++)
            if (ordered[i] - ordered[i - 1] > 1e-5)
                Finite.Below(codes.Encode(ordered[i]), codes.Encode(ordered[i - 1]));
    }

    [TestMethod]
    public void Whole_numbers_of_any_size_come_back()
    {
        CheckRoundTrip(new NumberCodes<long>(isKey: false), [.. Enumerable.Range(0, 3000).Select(i => 9_007_199_254_740_993 + i),
            long.MinValue, long.MaxValue, 0, -1, (1 << 24) - 1, 1 << 24, (1 << 24) + 1,
            -(1 << 24) - 1, -(1 << 24), 1 - (1 << 24), 2 - (1 << 24)]);
        CheckRoundTrip<ulong>(new NumberCodes<ulong>(isKey: true), [0, 1, ulong.MaxValue, ulong.MaxValue - 1]);
        CheckRoundTrip(new NumberCodes<int>(isKey: false), [int.MinValue, int.MinValue + 1, int.MaxValue, 16_777_217, 16_777_216]);
        CheckRoundTrip<sbyte>(new NumberCodes<sbyte>(isKey: false), [-128, 0, 127]);
    }

    [TestMethod]
    public void Whole_numbers_below_2_to_the_24_are_themselves_and_not_remembered()
    {
        var codes = new NumberCodes<int>(isKey: false);
        Assert.AreEqual(12345f, codes.Encode(12345));
        Assert.AreEqual(-16_777_215f, codes.Encode(-16_777_215));
        Assert.AreEqual(0, codes.Remembered);
    }

    [TestMethod]
    public void A_number_that_was_never_seen_is_itself()
    {
        var codes = new NumberCodes<double>(isKey: false);
        codes.Encode(0.1);
        Assert.AreEqual(0.25, codes.Decode(0.25f));
        Assert.AreEqual(7, new NumberCodes<long>(isKey: false).Decode(6.6f));
        Assert.AreEqual(byte.MaxValue, new NumberCodes<byte>(isKey: false).Decode(1000));
    }

    [TestMethod]
    public void A_hundred_thousand_numbers_that_share_one_code_find_others_quickly()
    {
        var codes = new NumberCodes<long>(isKey: false);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0L; i < 100_000; i++)
            codes.Encode(1_700_000_000_000 + i);
        Finite.Below(
            10_000, watch.ElapsedMilliseconds, "This takes some milliseconds where the search is not one over all that are taken.");
        Assert.AreEqual(1_700_000_000_000 + 77_777, codes.Decode(codes.Encode(1_700_000_000_000 + 77_777)));
    }

    [TestMethod]
    public void What_is_forgotten_is_not_readable_and_what_is_kept_keeps_its_code()
    {
        var numbers = new NumberCodes<double>(isKey: false);
        double[] values = [0.1, 0.2, 0.1f, 0.5 + 1e-12, 0.5];
        var before = Array.ConvertAll(values, v => numbers.Encode(v));
        var mark = numbers.Remembered;
        for (var i = 0; i < 100; i++)
            numbers.Encode(0.5 + i * 1e-13);
        numbers.Forget(mark);
        Assert.AreEqual(mark, numbers.Remembered);
        CollectionAssert.AreEqual(before, Array.ConvertAll(values, v => numbers.Encode(v)));
        CollectionAssert.AreEqual(values, Array.ConvertAll(before, numbers.Decode));

        var texts = new TextCodes();
        Assert.AreEqual(0f, texts.Encode("a".AsMemory()));
        Assert.AreEqual(1f, texts.Encode("b".AsMemory()));
        texts.Forget(1);
        Assert.AreEqual(0f, texts.Encode("xa".AsMemory()[1..]));
        Assert.ThrowsExactly<ArgumentException>(() => texts.Decode(1));
        Assert.AreEqual(1f, texts.Encode("c".AsMemory()));
        Assert.AreEqual("c", texts.Decode(1).ToString());
    }

    [TestMethod]
    [DataRow(-1f)]
    [DataRow(0.5f)]
    [DataRow(1f)]
    [DataRow(float.NaN)]
    public void Codes_of_nothing_are_refused(float code)
    {
        var texts = new TextCodes();
        texts.Encode("a".AsMemory());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => texts.Decode(code)).Message, "neither mixed nor computed");
    }

    [TestMethod]
    public void Vectors_are_kept_apart_from_whoever_writes_into_them()
    {
        var vectors = new VectorCodes<float>();
        var code = vectors.Encode(new VBuffer<float>(3, [1, 2, 3]));
        VBuffer<float> given = default;
        vectors.Decode(code, ref given);
        VBufferEditor.CreateFromBuffer(ref given).Values.Clear();
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, vectors.Decode(code).DenseValues().ToArray());
    }

    private static void CheckRoundTrip<T>(ValueCodes<T> codes, T[] values)
    {
        var encoded = Array.ConvertAll(values, v => codes.Encode(v));
        Assert.AreEqual(values.Distinct().Count(), encoded.Distinct().Count());
        CollectionAssert.AreEqual(values, Array.ConvertAll(encoded, codes.Decode));
        CollectionAssert.AreEqual(encoded, Array.ConvertAll(values, v => codes.Encode(v)));
    }
}
