using System.Reflection;
using Microsoft.ML.Introspection.Onnx;
using NetArchTest.Rules;

namespace Microsoft.ML.Introspection.Tool.Tests.Architecture;

/// <summary>The order of rooms, as docs/architecture.md tells it: each may use only those that stand before it in its list.</summary>
[TestClass]
public sealed class KeepingRoomsInOrder
{
    private const string Root = "Microsoft.ML.Introspection.";

    private static readonly string[] Engine =
        ["Files", "Onnx", "Runtime", "Models", "Importers", "Differentiation", "Attribution", "Shapley", "Evaluation"];

    [TestMethod]
    public void OfTheEngine() => AssertOrder(typeof(OnnxModel).Assembly, Root, Engine);

    [TestMethod]
    public void AnotherOrderIsSeenToBeBroken() => Assert.IsNotEmpty(Broken(typeof(OnnxModel).Assembly, Root, [.. Engine.Reverse()]));

    private static void AssertOrder(Assembly assembly, string root, string[] rooms)
    {
        string[] there = [.. assembly.GetTypes().Select(t => t.Namespace ?? "").Where(n => n.StartsWith(root, StringComparison.Ordinal))
            .Select(n => n[root.Length..].Split('.')[0]).Distinct()];
        CollectionAssert.AreEquivalent(rooms, there, $"{assembly.GetName().Name} has the rooms {string.Join(", ", there)}.");
        var broken = Broken(assembly, root, rooms);
        Assert.IsEmpty(broken, string.Join('\n', broken));
    }

    private static string[] Broken(Assembly assembly, string root, string[] rooms) =>
    [
        .. rooms.Index().Skip(1).SelectMany(room => Types.InAssembly(assembly).That().ResideInNamespace(root + rooms[room.Index - 1])
            .ShouldNot().HaveDependencyOnAny([.. rooms[room.Index..].Select(later => root + later)])
            .GetResult().FailingTypeNames?.Select(type => $"{type} uses a room behind {rooms[room.Index - 1]}.") ?? []),
    ];
}
