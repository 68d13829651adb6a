namespace System.Runtime.CompilerServices;

// What the compiler asks for where properties are set once; the framework has it from .NET 5 on.
internal static class IsExternalInit;
