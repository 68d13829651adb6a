// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;

namespace Microsoft.ML.Runtime;

/// <summary>Who raises an exception; may add to it before it is thrown.</summary>
public interface IExceptionContext
{
    TException Process<TException>(TException ex)
        where TException : Exception;

    string ContextDescription { get; }
}

/// <summary>Checks and the exceptions that failing ones raise: which type stands for which kind of fault is what callers see of it.</summary>
internal static class Contracts
{
    public static Exception Except(string message, Exception inner = null) => new InvalidOperationException(message, inner);

    public static Exception ExceptParam(string name, string message = null)
        => message == null ? new ArgumentOutOfRangeException(name) : new ArgumentOutOfRangeException(name, message);

    public static Exception ExceptDecode(string message, Exception inner = null) => new FormatException(message, inner);

    public static Exception ExceptSchemaMismatch(string name, string role, string column)
        => new ArgumentOutOfRangeException(name, $"Could not find {role} column '{column}'");

    public static Exception ExceptSchemaMismatch(string name, string role, string column, string expected, string actual)
        => new ArgumentOutOfRangeException(name, $"Schema mismatch for {role} column '{column}': expected {expected}, got {actual}");

    public static void Check(bool condition, string message)
    {
        if (!condition)
            throw Except(message);
    }

    public static void CheckParam(bool condition, string name, string message = null)
    {
        if (!condition)
            throw ExceptParam(name, message);
    }

    public static void CheckValue(object value, string name)
    {
        if (value is null)
            throw new ArgumentNullException(name);
    }

    public static void CheckNonEmpty(string value, string name)
        => CheckParam(!string.IsNullOrEmpty(value), name, $"{name} cannot be null or empty");

    public static void CheckNonWhiteSpace(string value, string name)
        => CheckParam(!string.IsNullOrWhiteSpace(value), name, $"{name} cannot be null or white space");

    public static void CheckDecode(bool condition, string message)
    {
        if (!condition)
            throw ExceptDecode(message);
    }

    public static Exception ExceptGetterType<TValue>(DataViewSchema.Column column)
        => Except($"The getter of column '{column.Name}' gives {column.Type.RawType}, not {typeof(TValue)}.");
}
