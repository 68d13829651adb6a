using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>Reasons of two months as <c>june.npy</c> and <c>july.npy</c>.</summary>
public class Reasons : Context
{
    public override void Enter()
    {
        base.Enter();
        foreach (var (name, shift) in ((string, double)[])[("june.npy", 0), ("july.npy", 0.5)])
            NpyArray.From([.. Enumerable.Range(0, 600).Select(i => Math.Sin(i) + (i % 3 == 1 ? shift : 0))], 200, 3).Save(name);
    }
}
