using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Text.Tests.Reading;

/// <summary>What a tokenizer.json can hold beside the kinds that come with references.</summary>
[TestClass]
public sealed class ReadingTokenizerJson
{
    // The SentencePiece models, written as Hugging Face's converters write them.
    [TestMethod]
    [DataRow("sp_unigram")]
    [DataRow("llama_like")]
    public void SentencePieceModelsHaveTheSameTokens(string folder)
    {
        var tokenizer = Cases.Load(folder, "tokenizer.json");
        foreach (var text in Cases.Of(folder).GetProperty("strings").EnumerateArray())
        {
            var whole = text.GetProperty("text").GetString()!;
            // What SentencePiece and the converted form are known to take otherwise: an empty text, other white space than blanks, and
            // unknown neighbours that are written as one.
            if (whole.Trim().Length == 0 || whole.Contains("<s>") || whole.Any(c => c != ' ' && char.IsWhiteSpace(c)))
                continue;
            var found = tokenizer.Encode(whole);
            CollectionAssert.AreEqual(text.GetProperty("ids").Numbers(), found.Ids.ToArray(), whole);
            Assert.IsTrue(found.Tokens.All(t => t.Span.Start >= 0 && t.Span.End <= whole.Length), whole);
        }
    }

    [TestMethod]
    public void AddedTokensTakeTheirBlanksAndStandAlone()
    {
        using var folder = new TemporaryFolder();
        var path = Changed(folder, json => json["added_tokens"] = new JsonArray(
            Added(998, "<a>", lstrip: true), Added(997, "ask", singleWord: true), Added(996, "<longer>"), Added(995, "<long")));
        var tokenizer = TextTokenizer.Load(path);
        var tokens = tokenizer.Encode("x  <a> ask task <longer>", new EncodingOptions { AddSpecialTokens = false }).Tokens;
        Assert.AreEqual(new TextSpan(1, 6), tokens.Single(t => t.Id == 998).Span);
        Assert.AreEqual(new TextSpan(7, 10), tokens.Single(t => t.Id == 997).Span);
        Assert.AreEqual(1, tokens.Count(t => t.Id == 996));
        Assert.AreEqual(0, tokens.Count(t => t.Id == 995));
    }

    // Spans are then those of the reference without the blanks at their beginnings.
    [TestMethod]
    public void SpansAreTrimmedWhereTheFileSaysSo()
    {
        using var folder = new TemporaryFolder();
        var json = JsonNode.Parse(File.ReadAllBytes(Cases.File("bpe_bytelevel", "tokenizer.json")))!;
        json["post_processor"]!["trim_offsets"] = true;
        json["post_processor"]!["add_prefix_space"] = false;
        File.WriteAllText(folder["tokenizer.json"], json.ToJsonString());
        var tokenizer = TextTokenizer.Load(folder["tokenizer.json"]);
        foreach (var text in Cases.Of("bpe_bytelevel").GetProperty("strings").EnumerateArray())
        {
            var whole = text.GetProperty("text").GetString()!;
            var expected = text.GetProperty("spans_utf16").Spans().Zip(text.GetProperty("tokens").EnumerateArray(), (span, token) =>
                span with { Start = span.Start + (token.GetString()!.StartsWith('Ġ') ? 1 : 0) });
            CollectionAssert.AreEqual(expected.ToArray(), tokenizer.Encode(whole).Tokens.Select(t => t.Span).ToArray(), whole);
        }
    }

    [TestMethod]
    public void WhatIsNotKnownIsNamed()
    {
        using var folder = new TemporaryFolder();
        Refused(json => json["model"]!["type"] = "WordLevel", "'WordLevel'", "WordPiece, BPE, Unigram");
        Refused(json => json["normalizer"]!["type"] = "Nmt", "normalizer", "'Nmt'");
        Refused(json => json["pre_tokenizer"]!["type"] = "UnicodeScripts", "pre_tokenizer", "'UnicodeScripts'");
        Refused(json => json["model"]!["vocab"]!["[UNK]"] = "one", "model.vocab.[UNK]", "whole number");
        Refused(json => json["model"]!.AsObject().Remove("vocab"), "model.vocab");
        Refused(json => json["model"]!["vocab"]!["x"] = int.MaxValue, "'x'");
        Refused(json => json["added_tokens"]![0]!["id"] = -1, "-1");

        void Refused(Action<JsonNode> change, params string[] says)
        {
            var refused = Assert.ThrowsExactly<InvalidDataException>(() => TextTokenizer.Load(Changed(folder, change)));
            foreach (var words in says)
                Assert.Contains(words, refused.Message);
        }
    }

    private static JsonNode Added(int id, string content, bool lstrip = false, bool singleWord = false) => new JsonObject
    {
        ["id"] = id, ["content"] = content, ["single_word"] = singleWord, ["lstrip"] = lstrip, ["rstrip"] = false, ["normalized"] = false,
        ["special"] = true,
    };

    private static string Changed(TemporaryFolder folder, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(Cases.File("wordpiece_uncased", "tokenizer.json")))!;
        change(json);
        File.WriteAllText(folder["tokenizer.json"], json.ToJsonString(), new UTF8Encoding(false));
        return folder["tokenizer.json"];
    }
}
