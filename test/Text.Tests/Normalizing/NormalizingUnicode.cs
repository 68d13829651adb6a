using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Tests.Normalizing;

/// <summary>The normalisation forms, by the table that is carried along; expected texts are those of Python's unicodedata.</summary>
[TestClass]
public sealed class NormalizingUnicode
{
    [TestMethod]
    [DataRow("\u00E9", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [DataRow("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [DataRow("a\u0323\u0301", "\u1EA1\u0301", "a\u0323\u0301", "\u1EA1\u0301", "a\u0323\u0301")]
    [DataRow("a\u0301\u0323", "\u1EA1\u0301", "a\u0323\u0301", "\u1EA1\u0301", "a\u0323\u0301")]
    [DataRow("\uD55C\uAE00", "\uD55C\uAE00", "\u1112\u1161\u11AB\u1100\u1173\u11AF", "\uD55C\uAE00", "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [DataRow("\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB")]
    [DataRow("\uFB01 \u00BD", "\uFB01 \u00BD", "\uFB01 \u00BD", "fi 1\u20442", "fi 1\u20442")]
    [DataRow("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [DataRow("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [DataRow("\u01D6", "\u01D6", "u\u0308\u0304", "\u01D6", "u\u0308\u0304")]
    [DataRow("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    public void FormsAreThoseOfTheStandard(string text, string c, string d, string kc, string kd)
    {
        foreach (var (expected, compose, compatible) in new[] { (c, true, false), (d, false, false), (kc, true, true), (kd, false, true) })
        {
            var aligned = AlignedText.Of(text, 0, text.Length);
            UnicodeForms.Apply(aligned, compose, compatible);
            Assert.AreEqual(expected, aligned.ToString());
        }
    }

    [TestMethod]
    public void WhatIsPutTogetherStandsWhereItsFirstPartStood()
    {
        const string text = "xe\u0301y";
        var aligned = AlignedText.Of(text, 0, text.Length);
        UnicodeForms.Apply(aligned, compose: true, compatible: false);
        CollectionAssert.AreEqual((TextSpan[])[new(0, 1), new(1, 2), new(3, 4)],
            Enumerable.Range(0, aligned.Count).Select(i => aligned.SpanOf(i)).ToArray());
    }

    [TestMethod]
    public void LettersBeyondTheFirstPlaneAreLetters()
    {
        var text = AlignedText.Of("x\U0001D49Cy \U00020000", 0, 7);
        CollectionAssert.AreEqual(((int, int)[])[(0, 3), (4, 5)], new Pattern(@"\p{L}+").Matches(text).ToArray());
    }
}
