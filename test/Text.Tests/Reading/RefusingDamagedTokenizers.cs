using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Text.Tests.Reading;

/// <summary>Files of tokenizers are untrusted: damaged ones are refused in a sentence, and never crash.</summary>
[TestClass]
public sealed class RefusingDamagedTokenizers
{
    [TestMethod]
    [DataRow("x.txt", "hello\nworld\n", "[CLS]")]
    [DataRow("x.txt", "", "no token")]
    [DataRow("x.tiktoken", "aGVsbG8= 0\n", "byte 0")]
    [DataRow("x.tiktoken", "not base64 0\n", "Line 1")]
    [DataRow("x.model", "no protobuf", "SentencePiece")]
    [DataRow("x.model", "", "no piece")]
    [DataRow("x.json", "{", "no JSON")]
    [DataRow("x.json", "[]", "merges.txt")]
    [DataRow("x.bin", "?", "vocab.txt")]
    public void ASentenceSaysWhatIsWrong(string name, string content, string says)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[name], content);
        var refused = Assert.Throws<IOException>(() => Load(folder[name]));
        Assert.Contains(says, refused.Message);
        Assert.Contains(name, refused.Message);
    }

    [TestMethod]
    [DataRow("wordpiece_uncased", "vocab.txt")]
    [DataRow("wordpiece_uncased", "tokenizer.json")]
    [DataRow("bpe_bytelevel", "vocab.json")]
    [DataRow("clip_like", "tokenizer.json")]
    [DataRow("tiktoken", "small.tiktoken")]
    [DataRow("sp_unigram", "sp_unigram.model")]
    [DataRow("sp_unigram", "tokenizer.json")]
    [DataRow("llama_like", "llama_like.model")]
    public void ChangedBytesAreReadOrRefused(string source, string name)
    {
        const string text = "Not bad,  ½ cup of café 😀!";
        using var folder = new TemporaryFolder();
        var content = File.ReadAllBytes(Cases.File(source, name));
        if (name == "vocab.json")
            File.Copy(Cases.File(source, "merges.txt"), folder["merges.txt"]);
        var random = new Random(7);
        for (var trial = 0; trial < 60; trial++)
        {
            var changed = trial % 3 == 0 ? content[..random.Next(content.Length)] : [.. content];
            for (var i = 0; i < 4 && changed.Length > 0; i++)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder[name], changed);
            try
            {
                var tokens = Load(folder[name]).Encode(text).Tokens;
                Assert.IsTrue(tokens.All(t => t.Span.Start >= 0 && t.Span.End <= text.Length));
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                // Refused, which is as good.
            }
        }
    }

    private static TextTokenizer Load(string path)
    {
        try
        {
            return TextTokenizer.Load(path);
        }
        catch (InvalidDataException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
