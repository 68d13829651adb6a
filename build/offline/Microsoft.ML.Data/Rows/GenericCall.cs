// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Calls generic methods with a type that is known only at run time.</summary>
internal static class GenericCall
{
    private const BindingFlags Everywhere = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;

    /// <param name="owner">The type that declares the method.</param>
    /// <param name="target">The instance, or null for a static method.</param>
    public static TResult Invoke<TResult>(Type owner, object target, string method, Type[] types, params object[] arguments)
        => (TResult)owner.GetMethod(method, Everywhere).MakeGenericMethod(types)
            .Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    public static TResult Invoke<TResult>(Type owner, string method, Type type, params object[] arguments)
        => Invoke<TResult>(owner, null, method, [type], arguments);
}
