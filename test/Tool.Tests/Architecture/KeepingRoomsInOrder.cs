using System.Reflection;
using Microsoft.ML.Introspection.Onnx;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace Microsoft.ML.Introspection.Tool.Tests.Architecture;

/// <summary>The order of rooms, as docs/architecture.md tells it: each may use only those that stand before it in its list.</summary>
[TestClass]
public sealed class KeepingRoomsInOrder
{
    private const string Root = "Microsoft.ML.Introspection.";

    private static readonly string[] Engine =
        [
            "Files", "Onnx", "Runtime", "Rows", "Models", "Importers", "Differentiation", "Attribution", "Shapley", "Explaining",
            "Evaluation", "Jobs", "Catalog",
        ];

    [TestMethod]
    public void OfTheEngine() => AssertOrder(typeof(OnnxModel).Assembly, Root, Engine);

    [TestMethod]
    public void AnotherOrderIsSeenToBeBroken() =>
        CollectionAssert.Contains(Broken(typeof(OnnxModel).Assembly, Root, [.. Engine.Reverse()]), "Models.Network uses Onnx");

    private static void AssertOrder(Assembly assembly, string root, string[] rooms)
    {
        string[] there = [.. assembly.GetTypes().Select(t => RoomOf(t.Namespace, root)).OfType<string>().Distinct()];
        CollectionAssert.AreEquivalent(rooms, there, $"{assembly.GetName().Name} has the rooms {string.Join(", ", there)}.");
        var broken = Broken(assembly, root, rooms);
        Assert.IsEmpty(broken, string.Join('\n', broken));
    }

    private static string[] Broken(Assembly assembly, string root, string[] rooms)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        return [.. module.GetAllTypes().SelectMany(type => Uses(type)
            .Select(
                used => (Own: Array.IndexOf(rooms, RoomOf(Outer(type).Namespace, root)),
                    Used: Array.IndexOf(rooms, RoomOf(Outer(used).Namespace, root))))
            .Where(use => use.Own >= 0 && use.Used > use.Own)
            .Select(use => $"{Outer(type).FullName[root.Length..]} uses {rooms[use.Used]}")).Distinct().Order()];
    }

    private static string? RoomOf(string? space, string root) =>
        space?.StartsWith(root, StringComparison.Ordinal) == true ? space[root.Length..].Split('.')[0] : null;

    private static TypeReference Outer(TypeReference type) => type.DeclaringType is { } outer ? Outer(outer) : type;

    // All types that a type names: what it is, holds, takes, gives, and does.
    private static IEnumerable<TypeReference> Uses(TypeDefinition type) => new[] { type.BaseType }
        .Concat(type.Interfaces.Select(i => i.InterfaceType))
        .Concat(type.CustomAttributes.Select(a => a.AttributeType))
        .Concat(type.Fields.Select(f => f.FieldType))
        .Concat(type.Methods.SelectMany(m => m.Parameters.Select(p => p.ParameterType).Append(m.ReturnType)))
        .Concat(type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Variables.Select(v => v.VariableType)
            .Concat(m.Body.Instructions.SelectMany(i => i.Operand switch
            {
                TypeReference named => [named],
                MethodReference { DeclaringType: var of } called =>
                    called is GenericInstanceMethod made ? made.GenericArguments.Append(of) : [of],
                FieldReference field => [field.DeclaringType],
                _ => (IEnumerable<TypeReference>)[],
            }))))
        .OfType<TypeReference>().SelectMany(Parts);

    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType made => made.GenericArguments.SelectMany(Parts).Append(made.ElementType),
        TypeSpecification part => Parts(part.ElementType),
        _ => [type],
    };
}
