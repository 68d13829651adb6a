using System.Globalization;
using System.Text;

namespace Microsoft.ML.Introspection.Text.Normalizing;

/// <summary>What kind of character a code point is, for those who cut texts into tokens.</summary>
internal static class CodePoints
{
    /// <summary>Stands for what is no character.</summary>
    public const int Replacement = 0xFFFD;

    /// <summary>Its general category.</summary>
    public static UnicodeCategory CategoryOf(int code) => CharUnicodeInfo.GetUnicodeCategory(code);

    /// <summary>Whether it is white space by Unicode's property.</summary>
    public static bool IsSpace(int code) => code is ' ' or >= 9 and <= 13 or 0x85
        || code > 0x85 && CategoryOf(code) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;

    /// <summary>Whether it is punctuation to BERT: by its category, or by its place in ASCII.</summary>
    public static bool IsBertPunctuation(int code) =>
        code is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~' || IsPunctuation(code);

    /// <summary>Whether its category is one of punctuation.</summary>
    public static bool IsPunctuation(int code) =>
        CategoryOf(code) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    /// <summary>Whether it is a number of any kind.</summary>
    public static bool IsNumber(int code) => CategoryOf(code) is >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber;

    /// <summary>Whether it is a mark that takes no room of its own.</summary>
    public static bool IsNonSpacingMark(int code) => code >= 0x300 && CategoryOf(code) is UnicodeCategory.NonSpacingMark;

    /// <summary>Whether it is control, format or private use, which BERT takes out.</summary>
    public static bool IsControl(int code) =>
        CategoryOf(code) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <summary>Whether BERT sets it apart as a Chinese character: the ranges of Hugging Face's tokenizers.</summary>
    public static bool IsChinese(int code) => code is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF
        or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF
        or >= 0x2F800 and <= 0x2FA1F;

    /// <summary>Its lower case: one code point, or two for the dotted capital I.</summary>
    public static IReadOnlyList<int> Lower(int code) => code == 0x130 ? [0x69, 0x307] : [Rune.ToLowerInvariant(new Rune(code)).Value];
}
