using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Documents;

/// <summary>
/// Reads a document of objects, lists, texts and numbers from front to back, whatever its notation. Who reads asks for what he
/// expects; anything else is an error that names the place. Nothing is kept of what is skipped, and nothing is allocated on the word of a
/// length that the file only claims.
/// </summary>
internal interface IDocumentReader
{
    /// <summary>The deepest nesting that is followed.</summary>
    const int MaximumDepth = 64;

    /// <summary>Enters an object.</summary>
    /// <exception cref="InvalidModelException">The next value is none.</exception>
    void BeginObject();

    /// <summary>
    /// The name of the next member of the innermost open object, or false at its end. The member's value must be read or skipped.
    /// </summary>
    bool NextMember([NotNullWhen(true)] out string? name);

    /// <summary>Enters a list.</summary>
    /// <exception cref="InvalidModelException">The next value is none.</exception>
    void BeginList();

    /// <summary>Whether the innermost open list has another element, which must be read or skipped.</summary>
    bool NextElement();

    /// <summary>Reads a text.</summary>
    /// <exception cref="InvalidModelException">The next value is none.</exception>
    string Text();

    /// <summary>
    /// Reads a list of numbers at once. True and false are 1 and 0; a number of single precision may be infinite or none.
    /// </summary>
    /// <typeparam name="T">Single precision, or 32-bit integers; what is no such integer is refused.</typeparam>
    /// <exception cref="InvalidModelException">The next value is no list, or an element is no such number.</exception>
    T[] Numbers<T>() where T : unmanaged, INumber<T>;

    /// <summary>Passes over the next value.</summary>
    void Skip();

    /// <summary>Makes sure that nothing follows.</summary>
    void End();
}
