using System.Text;
using System.Text.Json;

namespace Microsoft.ML.Introspection.Text.Tests.Reading;

/// <summary>Tokens, their numbers and their places are those of tokenizers, sentencepiece and tiktoken.</summary>
[TestClass]
public sealed class MatchingTokenizers
{
    [TestMethod]
    [DataRow("wordpiece_uncased", "vocab.txt")]
    [DataRow("wordpiece_uncased", "tokenizer.json")]
    [DataRow("wordpiece_cased", "vocab.txt")]
    [DataRow("wordpiece_cased", "tokenizer.json")]
    [DataRow("bpe_bytelevel", "vocab.json")]
    [DataRow("bpe_bytelevel", "merges.txt")]
    [DataRow("bpe_bytelevel", "tokenizer.json")]
    [DataRow("clip_like", "vocab.json")]
    [DataRow("clip_like", "tokenizer.json")]
    [DataRow("sp_unigram", "sp_unigram.model")]
    [DataRow("llama_like", "llama_like.model")]
    public void OfEveryText(string folder, string file)
    {
        var tokenizer = Cases.Load(folder, file);
        var wrong = new List<string>();
        foreach (var text in Cases.Of(folder).GetProperty("strings").EnumerateArray())
        {
            var encoded = tokenizer.Encode(text.GetProperty("text").GetString()!);
            var (ids, spans) = (text.GetProperty("ids").Numbers(), text.GetProperty("spans_utf16").Spans());
            string[] tokens = [.. text.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!)];
            var shown = encoded.Tokens;
            // SentencePiece's pieces come without what stands around them.
            if (tokens.Length < ids.Length)
                shown = [.. shown.Where(t => !t.IsSpecial)];
            if (!encoded.Ids.SequenceEqual(ids) || !shown.Select(t => t.Text).SequenceEqual(tokens)
                || !shown.Select(t => t.Span).SequenceEqual(spans) || !Rest(text, encoded))
                wrong.Add($"{encoded.First}\n  expected {Line(ids, tokens, spans)}\n  found    "
                    + Line([.. encoded.Ids], [.. shown.Select(t => t.Text)], [.. shown.Select(t => t.Span)]));
        }
        Assert.IsEmpty(wrong, $"{tokenizer.Kind}\n{string.Join('\n', wrong)}");
    }

    [TestMethod]
    public void OfTiktoken()
    {
        var tokenizer = Cases.Load("tiktoken", "small.tiktoken");
        var letters = Cases.Load("bpe_bytelevel", "vocab.json");
        foreach (var text in Cases.Of("tiktoken").GetProperty("strings").EnumerateArray())
        {
            var encoded = tokenizer.Encode(text.GetProperty("text").GetString()!);
            CollectionAssert.AreEqual(text.GetProperty("ids").Numbers(), encoded.Ids.ToArray(), encoded.First);
            if (encoded.First.Contains("<|endoftext|>"))
                continue;
            // The same merges: the same pieces in the same places.
            var same = letters.Encode(encoded.First);
            CollectionAssert.AreEqual(same.Tokens.Select(t => t.Text).ToArray(), encoded.Tokens.Select(t => t.Text).ToArray());
            CollectionAssert.AreEqual(same.Tokens.Select(t => t.Span).ToArray(), encoded.Tokens.Select(t => t.Span).ToArray());
        }
    }

    [TestMethod]
    [DataRow("wordpiece_uncased", "vocab.txt")]
    [DataRow("wordpiece_cased", "tokenizer.json")]
    [DataRow("bpe_bytelevel", "vocab.json")]
    [DataRow("clip_like", "vocab.json")]
    [DataRow("clip_like", "tokenizer.json")]
    public void OfPairs(string folder, string file)
    {
        var tokenizer = Cases.Load(folder, file);
        foreach (var pair in Cases.Of(folder).GetProperty("pairs").EnumerateArray())
        {
            var (first, second) = (pair.GetProperty("first").GetString()!, pair.GetProperty("second").GetString()!);
            AssertSame(pair, tokenizer.Encode(first, second));
            foreach (var cut in pair.GetProperty("truncated_24").EnumerateObject())
            {
                var options = new EncodingOptions
                {
                    MaximumLength = 24,
                    Truncation = cut.Name switch
                    {
                        "only_first" => Truncation.OnlyFirst,
                        "only_second" => Truncation.OnlySecond,
                        _ => Truncation.LongestFirst,
                    },
                };
                if (cut.Value.TryGetProperty("error", out _))
                    Assert.ThrowsExactly<ArgumentException>(() => tokenizer.Encode(first, second, options));
                else
                    AssertSame(cut.Value, tokenizer.Encode(first, second, options));
            }
        }
    }

    [TestMethod]
    [DataRow("wordpiece_uncased", "vocab.txt")]
    [DataRow("wordpiece_cased", "vocab.txt")]
    [DataRow("bpe_bytelevel", "tokenizer.json")]
    [DataRow("clip_like", "vocab.json")]
    public void OfBatches(string folder, string file)
    {
        var (tokenizer, batch) = (Cases.Load(folder, file), Cases.Of(folder).GetProperty("batch"));
        string[] texts = [.. batch.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!)];
        AssertSame(batch.GetProperty("longest"), tokenizer.EncodeBatch(texts));
        AssertSame(batch.GetProperty("fixed"), tokenizer.EncodeBatch(texts, batch.GetProperty("max_length").GetInt32()));
    }

    [TestMethod]
    [DataRow("wordpiece_uncased", "vocab.txt")]
    [DataRow("bpe_bytelevel", "vocab.json")]
    [DataRow("clip_like", "vocab.json")]
    [DataRow("tiktoken", "small.tiktoken")]
    [DataRow("sp_unigram", "sp_unigram.model")]
    [DataRow("llama_like", "llama_like.model")]
    public void LoneHalvesOfPairsAreReplaced(string folder, string file)
    {
        var tokenizer = Cases.Load(folder, file);
        foreach (var text in (string[])["\uD83D", "\uDE00", "a\uD83D b", "\uDE00\uD83D", "x\uD83Dy"])
        {
            var encoded = tokenizer.Encode(text);
            Assert.IsTrue(encoded.Tokens.All(t => t.Span.Start >= 0 && t.Span.End <= text.Length && t.Span.Length >= 0), text);
            CollectionAssert.AreEqual(
                tokenizer.Encode(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))).Ids.ToArray(), encoded.Ids.ToArray());
        }
    }

    private static void AssertSame(JsonElement expected, TokenizedText found)
    {
        CollectionAssert.AreEqual(expected.GetProperty("ids").Numbers(), found.Ids.ToArray(), $"{found.First} | {found.Second}");
        CollectionAssert.AreEqual(expected.GetProperty("type_ids").Numbers(), found.Tokens.Select(t => t.TypeId).ToArray());
    }

    private static void AssertSame(JsonElement expected, TokenBatch found)
    {
        AssertRows(expected.GetProperty("ids"), found.Ids, found.Length);
        AssertRows(expected.GetProperty("attention_mask"), found.Mask, found.Length);
        AssertRows(expected.GetProperty("type_ids"), found.TypeIds, found.Length);
    }

    private static void AssertRows(JsonElement expected, long[] found, int length)
    {
        Assert.AreEqual(found.Length, expected.GetArrayLength() * length);
        foreach (var (row, i) in expected.EnumerateArray().Select((row, i) => (row, i)))
            CollectionAssert.AreEqual(row.Numbers(), found.Skip(i * length).Take(length).Select(id => (int)id).ToArray());
    }

    private static bool Rest(JsonElement text, TokenizedText encoded) =>
        (!text.TryGetProperty("special", out var special) || special.Numbers().SequenceEqual(encoded.Tokens.Select(t => t.IsSpecial ? 1 : 0)))
        && (!text.TryGetProperty("word", out var word)
            || word.EnumerateArray().Select(w => w.ValueKind == JsonValueKind.Null ? (int?)null : w.GetInt32())
                .SequenceEqual(encoded.Tokens.Select(t => t.Word)));

    private static string Line(int[] ids, string[] tokens, TextSpan[] spans) => $"{string.Join(' ', ids)} | {string.Join(' ', tokens)} | "
        + string.Join(' ', spans.Select(s => $"{s.Start}-{s.End}"));
}
