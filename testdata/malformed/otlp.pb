



service.name
server