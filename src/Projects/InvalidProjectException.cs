using System;
using System.IO;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>A file is no project of Model Builder, or does not say what is needed of it.</summary>
public sealed class InvalidProjectException : IOException
{
    /// <summary>Says what is wrong.</summary>
    public InvalidProjectException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
